<?php
// Says how a user is, and asks again: PRESENCE_SECRET=... php presence.php USER STATUS [MESSAGE]
function ask(string $method, string $user, string $source = '', ?array $body = null): array
{
    $text = time() . ":$user";
    $secret = getenv('PRESENCE_SECRET') ?: exit("Set PRESENCE_SECRET to the server_secret_key of the daemon.\n");
    $token = "$text:" . base64_encode(hash_hmac('sha256', $text, $secret, true));
    // Encoded, so that a user id may have any letters.
    $bearer = rtrim(strtr(base64_encode($token), '+/', '-_'), '=');
    $http = ['method' => $method, 'header' => "Authorization: Bearer $bearer\r\nContent-Type: application/json",
        'content' => $body === null ? '' : json_encode($body), 'timeout' => 10, 'ignore_errors' => true];
    $url = (getenv('PRESENCE_URL') ?: 'http://127.0.0.1:1234') . '/v1/users/' . rawurlencode($user) . $source;
    $answer = json_decode(@file_get_contents($url, false, stream_context_create(['http' => $http])) ?: '{}', true);
    return isset($answer['user_id']) ? $answer : exit(($answer['detail'] ?? "No daemon answers at $url.") . "\n");
}
count($argv) > 2 || exit("Which user, and how? php presence.php USER STATUS [MESSAGE]\n");
ask('PUT', $argv[1], '/spreed', ['status' => $argv[2], 'message' => $argv[3] ?? '']);
['user_id' => $user, 'status' => $status, 'message' => $message, 'source' => $source] = ask('GET', $argv[1]);
echo "$user: $status, $message (says $source)\n";
