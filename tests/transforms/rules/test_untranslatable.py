import gzip
import json
import tomllib
from collections import Counter
from importlib.resources import files

import pytest

from transforms.example import make_batch
from transforms.rules.untranslatable import (
    LANGUAGE_BOUND,
    REASONS,
    Translatable,
    is_code,
    patterns,
    untranslatable,
)
from transforms.rules.untranslatable import _either as either
from transforms.rules.untranslatable import _without_quotations as without_quotations

BOUND = [
    ("translation", "Translate the following sentence into French."),
    ("translation", "Please translate this paragraph."),
    ("translation", 'How do you say "good morning" in Japanese?'),
    ("translation", "What is the German word for butterfly?"),
    ("translation", "Translate 'Where is the station?' from Italian to English."),
    ("translation", "Write a short poem about the sea in Spanish."),
    ("translation", "Make the article available: translate it into another language."),
    ("translation", "Identify the language of this sentence."),
    ("translation", "What does the phrase “carpe diem” mean in Latin?"),
    ("grammar", "Correct the grammar in the following sentence."),
    ("grammar", "Is this sentence grammatically correct?"),
    ("grammar", "Rewrite the paragraph and fix all grammatical errors."),
    ("grammar", "What is the plural of goose?"),
    ("grammar", "Give the past tense of the verb."),
    ("grammar", "Identify the verbs in the following sentence."),
    ("grammar", "Which part of speech is the underlined word?"),
    ("grammar", "Change the sentence to the passive voice."),
    ("grammar", "Rewrite the sentence in the past tense."),
    ("grammar", "Choose the correct preposition to complete the sentence."),
    ("grammar", "Punctuate the text below."),
    ("rhyme", "Write a rhyming couplet about autumn."),
    ("rhyme", "List five words that rhyme with cat."),
    ("rhyme", "Compose a limerick about a cat from Leeds."),
    ("rhyme", "Can you write a sonnet about the moon?"),
    ("rhyme", "Explain photosynthesis in rhyme."),
    ("rhyme", "Write a poem with the rhyme scheme ABAB."),
    ("spelling", "Fix the spelling in this text."),
    ("spelling", "Find the misspelled word."),
    ("spelling", 'How do you spell "necessary"?'),
    ("spelling", "Proofread the letter and remove all typos."),
    ("spelling", "Capitalize the first letter of each word in the title."),
    ("spelling", "How is the word 'quay' pronounced?"),
    ("anagram", "Rearrange the letters to make a new word."),
    ("anagram", "Find an anagram of listen."),
    ("anagram", "How many vowels are in the word 'banana'?"),
    ("anagram", "Unscramble these letters."),
    ("anagram", "Give me three palindromes."),
    ("anagram", "Reverse the word."),
    ("anagram", "Name five animals that start with the letter B."),
    ("anagram", "Arrange the words to form a sentence."),
    ("anagram", "Sort the names in alphabetical order."),
    ("anagram", "Encode this message in Morse code."),
    ("word_count", "Write exactly 12 words about the moon."),
    ("word_count", "Write a six-word story."),
    ("word_count", "Write a haiku about spring."),
    ("word_count", "Count the words in the sentence."),
    ("word_count", "How many syllables does this word have?"),
    ("word_count", "Which is the longest word in the sentence?"),
    ("word_count", "Summarize the text in precisely two words."),
    ("wordplay", "Make a pun about bread."),
    ("wordplay", "Give three synonyms for happy."),
    ("wordplay", "What is the antonym of brave?"),
    ("wordplay", "Create an acronym for our club."),
    ("wordplay", "Write a tongue twister."),
    ("wordplay", "What is the etymology of the name?"),
    ("wordplay", "Explain the origin of the word sabotage."),
    ("wordplay", "Invent a new word for the feeling."),
    ("english", "Explain the idiom to a learner."),
    ("english", "List ten English words with more than one meaning."),
    ("english", 'What is the difference between the words "affect" and "effect"?'),
    ("english", "Rewrite the dialogue in Shakespearean English."),
    ("english", "Use a phrasal verb in a reply."),
    ("translation", "Translate into Hindi: the rain stopped."),
    ("translation", "Translate the proverbs from Welsh."),
    ("translation", "Provide a Korean translation."),
    ("translation", "How do I express gratitude in other languages?"),
    ("translation", "Which language is this text in?"),
    ("grammar", "Explain the grammar mistakes."),
    ("grammar", "Is this sentence simple or complex?"),
    ("grammar", "What tense is used here?"),
    ("rhyme", "What rhymes with orange?"),
    ("rhyme", "Write a funny rhyme about tea."),
    ("spelling", "Which words are spelled incorrectly?"),
    ("spelling", "Change the title to lower case."),
    ("anagram", "How many times does the letter r occur in it?"),
    ("anagram", "Count the consonants."),
    ("anagram", "List things containing the letter q."),
    ("word_count", "List seven-letter words."),
    ("word_count", "How many words are in this sentence?"),
    ("english", "Add a prefix to each of them."),
]

FREE = [
    "Write a poem about the sea.",
    "Write a poem that doesn't rhyme.",
    "Write a nursery rhyme book review.",
    "Summarize the following article.",
    "Summarize the article in about 100 words.",
    "Write a 500-word essay on the causes of the war.",
    "Write a story for children.",
    "Paraphrase the sentence.",
    "Define the term inflation.",
    "Describe how to cast a spell that can control the weather.",
    "What is the capital of Portugal?",
    "Explain what is meant by the letter of the law.",
    "Write a letter to a friend in Spain.",
    "Recommend a restaurant that serves Italian and French food.",
    "Write a report on women in Chinese history.",
    "Polish my cover letter.",
    "Translate the description into a formula.",
    "Translate the requirements into SQL.",
    "Translate your vision into action.",
    "Explain the theory in plain English.",
    "How can I improve my English?",
    "Tell me a joke.",
    "How many letters did the postman deliver?",
    "Sort the numbers in ascending order.",
    "Order the events by date.",
    "Give advice to someone whose child is a poor speller.",
    "Classify the sentiment of the sentence.",
    "Extract all the place names from the paragraph.",
    "Is 12321 a palindrome number?",
    "Change the tone of the email to be more formal.",
    "What are the objects in the picture made of?",
    "Identify the subject of the email.",
    "Write a motto for the brand.",
    "Explain the word of mouth effect.",
    "Use the method in the text.",
    "Write about the tense atmosphere in the room.",
    "Give a speech about peace in the present.",
    "She types 40 words a minute. How many words does she type in an hour?",
    'Write a story with the title "Translate this into French".',
    "Write a story in which a teacher says 'correct your grammar, please' to a ghost.",
    "Write a poem. It doesn't have to rhyme.",
    "Write a poem with no rhymes.",
    'What is the difference between "machine learning" and "deep learning"?',
    "Order these words by how positive they are.",
    "Rewrite the paragraph using synonyms.",
    "Write a sentence that explains the acronym NASA.",
    "Write a song that begins with C major.",
    "Describe a box containing the letters of a soldier.",
    "Identify the persuasive language of the article.",
    "You are a scribe translating an epic into Old English. Describe the challenges you meet.",
    "You help a playwright write a love sonnet. What advice would you give?",
    "What is the Greek name for Jupiter?",
    "Escribe un soneto.",
    "",
]

PROGRAMMING = [
    "Write a Python function that counts the vowels in a word.",
    "Write a function that checks if a string is a palindrome.",
    "How would you reverse the words in a sentence in C#?",
    "Sort the words in alphabetical order with a shell script.",
    "Write a program that finds anagrams.",
    "Convert the string to upper case.",
    "Implement a spell checker algorithm that fixes the spelling of words.",
    "Write code that translates English to Morse code.",
    "Identify the programming language in which this text is written.",
]

CODE = "def f(x):\n    return x + 1\n\nprint(f(1))"


@pytest.mark.parametrize(("reason", "instruction"), BOUND)
def test_tasks_that_are_bound_to_their_language(reason, instruction):
    assert untranslatable(instruction, "some input", "some answer") == reason
    assert untranslatable(" ", instruction, "some answer") == reason
    assert untranslatable(f"You are a teacher. {instruction}\nThank you!", "", "some answer") == reason


@pytest.mark.parametrize("instruction", FREE)
def test_tasks_that_can_be_translated(instruction):
    assert untranslatable(instruction, "", "An answer.") is None
    if instruction:
        assert untranslatable(instruction, "Correct the grammar.", "An answer.") is None


@pytest.mark.parametrize("instruction", PROGRAMMING)
def test_programs_deal_with_words_as_data(instruction):
    assert untranslatable(instruction, "", "An answer in prose.") is None
    assert untranslatable(instruction, "", CODE) == "code_only"


@pytest.mark.parametrize(
    ("output", "only"),
    [
        (CODE, True),
        (f"```python\n{CODE}\n```", True),
        ("```\nany words at all\n```\n", True),
        ("console.log(x);", True),
        (f"Here is the function:\n{CODE}", False),
        (f"```python\n{CODE}\n```\nIt adds one.", False),
        ("It adds one.", False),
        ("", False),
    ],
)
def test_answers_that_are_nothing_but_code(output, only):
    assert is_code(output) is only
    assert untranslatable("Do it.", "", output) == ("code_only" if only else None)


def test_what_lies_between_head_and_tail_is_material():
    long = "word and word " * 200
    assert untranslatable(f"Translate this into French: {long}", "", "") == "translation"
    assert untranslatable(f"{long}Translate the text above into French.", "", "") == "translation"
    assert untranslatable(f"Summarize: {long} Correct the grammar. {long}", "", "") is None


def test_each_pattern_decides_about_one_of_the_tasks():
    table = tomllib.loads(files("transforms.rules").joinpath("untranslatable.toml").read_text("utf-8"))
    names = table["names"] | {"foreign": f"(?:{'|'.join(table['languages'].split())})"}
    for reason, known in table["reasons"].items():
        tasks = [without_quotations(instruction) for name, instruction in BOUND if name == reason]
        for pattern in known["patterns"]:
            others = either([other for other in known["patterns"] if other != pattern], names)
            assert not all(others.search(task) for task in tasks), (reason, pattern)


def test_what_matches_holds_a_hint():
    for text in [instruction for _, instruction in BOUND] + FREE + PROGRAMMING:
        for reason in LANGUAGE_BOUND:
            known = patterns()[reason]
            if known.expression.search(text):
                assert any(hint in text.lower() for hint in known.hints), (reason, text)


def test_the_rule_rejects_by_the_reasons_that_count():
    columns = {
        "instruction": ["Fix the spelling.", "Fix the spelling.", "Write a sonnet.", "Print it.", "Fix the spelling."],
        "output": ["a", "b", "c", CODE, "d"],
        "input_lang": ["en", "en-GB", "", "en", "de"],
    }
    batch = make_batch(5, columns)
    spelling, rhyme, code = "untranslatable:spelling", "untranslatable:rhyme", "untranslatable:code_only"
    assert Translatable().judge(batch).reasons == [spelling, spelling, rhyme, None, None]
    assert Translatable(("rhyme", "code_only")).judge(batch).reasons == [None, None, rhyme, code, None]


@pytest.mark.parametrize(("reasons", "problem"), [(("rime",), "'rime' is not a reason"), ((), "at least one")])
def test_wrong_parameters(reasons, problem):
    with pytest.raises(ValueError, match=problem):
        Translatable(reasons)


def read(path):
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
    rows = json.loads(text) if text.lstrip().startswith("[") else [json.loads(line) for line in text.splitlines()]
    for row in rows:
        if "instances" in row:
            yield row["instruction"], row["instances"][0]["input"], row["instances"][0]["output"]
        elif "question" in row:
            yield "", row["question"], row["answer"]
        else:
            yield row["instruction"], row["input"], row["response"]


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        (
            "self_instruct/seed_tasks.jsonl",
            {"translation": 2, "grammar": 4, "spelling": 1, "anagram": 1, "word_count": 2, "wordplay": 3, "english": 2}
            | {"code_only": 11},
        ),
        (
            "self_instruct/user_oriented_instructions.jsonl",
            {"grammar": 3, "rhyme": 1, "spelling": 3, "anagram": 1, "wordplay": 7, "code_only": 5},
        ),
        ("gpteacher/codegen-instruct.json.gz", {"code_only": 4222}),
        (
            "gpteacher/roleplay-simple-deduped-roleplay-instruct.json.gz",
            {"grammar": 1, "rhyme": 2, "word_count": 1, "english": 1, "code_only": 1},
        ),
        ("gsm8k/train.jsonl.gz", {}),
    ],
)
def test_counts_on_real_data(shared, file, counts):
    found = Counter(untranslatable(*row) for row in read(shared / file))
    del found[None]
    assert found == counts
    assert set(found) <= set(REASONS)
