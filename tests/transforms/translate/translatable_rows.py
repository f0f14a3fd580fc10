"""Batches of examples in English, as the tests of `translate` have them."""

from typing import Any

from transforms.example import SCHEMA, make_batch


def rows(*given: dict[str, Any]) -> Any:
    base = {"input_lang": "en", "output_lang": "en", "origin": "human", "source": "s"}
    full = [{**base, "id": f"{at:032x}", "group": f"{at:032x}", **row} for at, row in enumerate(given)]
    columns = {
        name: [row.get(name, [] if name in ("history", "scores") else "") for row in full] for name in SCHEMA.names
    }
    return make_batch(len(full), {**columns, "meta": "{}"})
