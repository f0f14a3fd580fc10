"""Drives the engine `openai_batch` against the endpoint of the tests, for the tests of batches."""

from pathlib import Path
from typing import Any

import openai

from tests.fakes.endpoint import Endpoint
from tests.transforms.translate.asked_chain import sentences
from transforms.translate.engines.openai_batch import OpenAIBatch
from transforms.translate.entries import key_of
from transforms.translate.judge import Request
from transforms.translate.wanted import Want


def engine(endpoint: Endpoint, **settings: Any) -> OpenAIBatch:
    return OpenAIBatch(**{"model": "mock", "base_url": endpoint.url, "timeout": 1.0, "poll": 0.1, **settings})


def wants(number: int, first: int = 0) -> dict[Request, Want]:
    numbers = range(first, first + number)
    each = zip(numbers, sentences(numbers), strict=True)
    return {Request(text, "en", "el"): Want(1, f"{at:05}") for at, text in each}


def api(endpoint: Endpoint) -> openai.OpenAI:
    return openai.OpenAI(base_url=endpoint.url, api_key="k", max_retries=0)


def batches(endpoint: Endpoint) -> list[Any]:
    return list(api(endpoint).batches.list())[::-1]


def records(folder: Path) -> list[Path]:
    return sorted(folder.glob("batches/*"))


def check_tidy(endpoint: Endpoint, folder: Path) -> None:
    """Check that nothing is left: no files at the provider, no records."""
    assert list(api(endpoint).files.list()) == []
    assert records(folder) == []


def key_at(one: OpenAIBatch, request: Request) -> str:
    return key_of(request.signature(one), request.source, request.target, request.text).hex()
