"""Asks the fake endpoint for a translation, by the official client or without it, for the tests of it."""

import json
from urllib.request import Request, urlopen

import openai

TEXT = "Natalia sold X0X clips to 48 friends."


def client(endpoint, key="sk-abcdefghijklmnop", **options):
    return openai.OpenAI(base_url=endpoint.url, api_key=key, **{"max_retries": 0, "timeout": 5} | options)


def body(text=TEXT, **more):
    messages = [
        {"role": "system", "content": "You translate.\n\nWell."},
        {"role": "user", "content": f"Translate to Greek:\n\n{text}"},
    ]
    return {"model": "any", "messages": messages, **more}


def ask(endpoint, text=TEXT, **more):
    with client(endpoint) as api:
        return api.chat.completions.create(**body(text, **more)).choices[0]


def raw(endpoint, text):
    """What becomes of a request: its status and message, or the kind of failure."""
    try:
        with urlopen(Request(f"{endpoint.url}/chat/completions", json.dumps(body(text)).encode()), timeout=1) as reply:
            return json.loads(reply.read())["choices"]
    except Exception as error:  # noqa: BLE001 - all kinds of faults are drawn here
        return type(error).__name__, getattr(error, "code", None)
