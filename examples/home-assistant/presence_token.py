"""Prints a token of a user: python3 presence_token.py USER. The secret is in the file presence_secret beside this one."""
import base64, hmac, pathlib, sys, time

secret = pathlib.Path(__file__).with_name("presence_secret").read_text().strip()
text = f"{int(time.time())}:{sys.argv[1]}"
signature = hmac.digest(secret.encode(), text.encode(), "sha256")
print(f"{text}:{base64.b64encode(signature).decode()}")
