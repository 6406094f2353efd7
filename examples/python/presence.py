"""Says how a user is, and asks again: PRESENCE_SECRET=... python3 presence.py USER STATUS [MESSAGE]"""
import base64, hmac, json, os, sys, time, urllib.error, urllib.parse, urllib.request

def ask(method, user, source="", body=None):
    text = f"{int(time.time())}:{user}"
    signature = hmac.digest(os.environ["PRESENCE_SECRET"].encode(), text.encode(), "sha256")
    token = f"{text}:{base64.b64encode(signature).decode()}"
    # Encoded, so that a user id may have any letters.
    headers = {"Authorization": "Bearer " + base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")}
    url = os.environ.get("PRESENCE_URL", "http://127.0.0.1:1234") + f"/v1/users/{urllib.parse.quote(user, safe='')}{source}"
    try:
        return json.load(urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=10))
    except urllib.error.HTTPError as refusal:
        sys.exit(json.load(refusal)["detail"])
    except urllib.error.URLError as problem:
        sys.exit(f"No daemon answers at {url}: {problem.reason}")

user, status, *message = sys.argv[1:] if len(sys.argv) > 2 else sys.exit(__doc__)
ask("PUT", user, "/spreed", json.dumps({"status": status, "message": " ".join(message)}).encode())
print("{user_id}: {status}, {message} (says {source})".format(**ask("GET", user)))
