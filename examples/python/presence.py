"""Says how a user is, and asks again: PRESENCE_SECRET=... python3 presence.py USER STATUS [MESSAGE]"""
import base64, hmac, json, os, sys, time
from urllib import error, parse, request


def token(user):
    text = f"{int(time.time())}:{user}"
    signature = hmac.digest(os.environ["PRESENCE_SECRET"].encode(), text.encode(), "sha256")
    return f"{text}:{base64.b64encode(signature).decode()}"


def ask(method, path, user, body=None):
    url = os.environ.get("PRESENCE_URL", "http://127.0.0.1:1234") + path
    # Encoded, so that a user id may have any letters.
    headers = {"Authorization": "Bearer " + base64.urlsafe_b64encode(token(user).encode()).decode().rstrip("=")}
    data = None if body is None else json.dumps(body).encode()
    try:
        with request.urlopen(request.Request(url, data, headers, method=method), timeout=10) as answer:
            return json.load(answer)
    except error.HTTPError as refusal:
        sys.exit(json.load(refusal)["detail"])
    except error.URLError as problem:
        sys.exit(f"No daemon answers at {url}: {problem.reason}")


if len(sys.argv) < 3:
    sys.exit(__doc__)
user, status, message = sys.argv[1], sys.argv[2], " ".join(sys.argv[3:])
ask("PUT", f"/v1/users/{parse.quote(user, safe='')}/spreed", user, {"status": status, "message": message})
document = ask("GET", f"/v1/users/{parse.quote(user, safe='')}", user)
print("{user_id}: {status}, {message} (says {source})".format(**document))
