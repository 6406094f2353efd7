<?php
// Says how a user is, and asks again: PRESENCE_SECRET=... php presence.php USER STATUS [MESSAGE]
function token(string $user): string
{
    $text = time() . ":$user";
    $secret = getenv('PRESENCE_SECRET') ?: exit("Set PRESENCE_SECRET to the server_secret_key of the daemon.\n");
    return "$text:" . base64_encode(hash_hmac('sha256', $text, $secret, true));
}

function ask(string $method, string $path, string $user, ?array $body = null): array
{
    // Encoded, so that a user id may have any letters.
    $bearer = rtrim(strtr(base64_encode(token($user)), '+/', '-_'), '=');
    $http = ['method' => $method, 'header' => "Authorization: Bearer $bearer\r\nContent-Type: application/json",
        'content' => $body === null ? '' : json_encode($body), 'timeout' => 10, 'ignore_errors' => true];
    $url = (getenv('PRESENCE_URL') ?: 'http://127.0.0.1:1234') . $path;
    $answer = json_decode(@file_get_contents($url, false, stream_context_create(['http' => $http])) ?: '{}', true);
    return isset($answer['user_id']) ? $answer : exit(($answer['detail'] ?? "No daemon answers at $url.") . "\n");
}

count($argv) > 2 || exit("Which user, and how? php presence.php USER STATUS [MESSAGE]\n");
[, $user, $status, $message] = $argv + [3 => ''];
ask('PUT', '/v1/users/' . rawurlencode($user) . '/spreed', $user, ['status' => $status, 'message' => $message]);
$document = ask('GET', '/v1/users/' . rawurlencode($user), $user);
echo "$document[user_id]: $document[status], $document[message] (says $document[source])\n";
