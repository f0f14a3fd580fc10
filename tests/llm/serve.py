"""Serves a GGUF file through llama.cpp's OpenAI-compatible server, on this machine only.

    python tests/llm/serve.py FILE.gguf

prints its base URL on the first line, and ends when its standard input does.
"""

import sys

import xllamacpp

TEMPLATE = '{% for m in messages %}{{ m.content + "\\n" }}{% endfor %}'
"""For a model that continues text, and knows no roles: the messages, and the end of the line."""


def main(weights: str) -> None:
    """Serve until the standard input ends."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = weights
    parameters.port = 0  # any free one
    parameters.chat_template = TEMPLATE
    parameters.n_ctx = 2048
    parameters.cpuparams.n_threads = 1  # threads wait by spinning: two are slower on cores that are shared
    parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"{server.listening_address}/v1\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1])
