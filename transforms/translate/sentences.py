"""Where sentences end, in any language, by rules: no model, linear time, and the text stays as it is.

What is missed only gives an engine two sentences at once; what is cut wrongly gives it half of one. So in doubt nothing
is cut: not after an abbreviation, an initial or a number that opens a sentence, nor before a small letter.
"""

import re

_CLOSING = "\"'\u2019\u201d\u00bb\u203a)\\]}\u300d\u300f\u3011\uff09\u300b\u3009\u3015\uff3d\uff02\uff07"
_OPENING = re.compile("[\"'\u2018-\u201f\u00ab\u2039(\\[{\u300c\u300e\u3010\uff08\u300a\u3008\u3014\u00bf\u00a1*_\u2013\u2014-]*+\\s?")
_BRACKET = re.compile("[\\s\u201c\u2018\u300c\u300e\u3010\uff08\u300a\u3008(]|\\Z")
_END = re.compile(
    # full stops that need no space: Chinese, Japanese, Indic, Burmese, Khmer
    f"(?P<full>[\u3002\uff01\uff1f\uff61\u0964\u0965\u104b\u17d4\u17d5\u203c\u2047-\u2049]++)(?P<quoted>[{_CLOSING}]*+)"
    # Latin, Arabic, Urdu, Armenian, Ethiopic; an ideographic full stop of the width of a letter
    "|(?<![.!?\u2026])(?P<mark>[.!?\u2026\u061f\u06d4\u0589\u1362\u1367\u037e\uff0e\u203d]++)"
    f"[{_CLOSING}]*+(?=\\s)"
)  # fmt: skip

_ORDINALS = frozenset("cs da de et fi fo hr hu is lb lv nb nn no pl sk sl sr tr".split())
"""Languages that write a full stop after an ordinal number (`3. Oktober`)."""

# A name or another word follows. Words that also end sentences are not here.
_TITLES = frozenset(
    "mr mrs ms mx dr prof rev hon gen col capt cmdr lt sgt maj gov sen rep pres st ste mt ft jr sr messrs vs cf viz al "
    "approx dept est ca resp incl esp "
    "sra srta dra dona d\u00f1a ud uds vd vds lic ing arq gral avda av ee uu exmo exma "
    "mm mme mmes mlle mlles mgr \u00e9d env ex "
    "hr fr frl bzw evtl ggf inkl exkl sog vgl bspw zzgl str dipl "
    "sig sigg dott avv on spett dhr mevr mw bijv drs ir "
    "np tzw tzn ul ks im \u0443\u043b \u0438\u043c \u043f\u0440\u043e\u0444 \u043d\u0430\u043f\u0440 \u0441\u043c".split()
)  # fmt: skip
# A number follows, or the word is one that may end a sentence.
_NUMBERED = frozenset(
    "no nos nr n\u00ba num n\u00fam n\u00fams fig figs eq eqs sec secs ch vol vols pp p\u00e1g p\u00e1gs pag pags art arts "
    "cap ed jan feb mar apr jun jul aug sep sept oct nov dec tel t\u00e9l blz abb abs kap bd \u0441\u0442\u0440 "
    "\u0440\u0438\u0441 max min tab ex nro".split()
)  # fmt: skip
_LOOK_BACK = 32


def sentences(text: str, language: str = "") -> list[tuple[int, int]]:
    """Return the (start, end) of a text's sentences, in order; what is between them, and around, is white space.

    Args:
      text: some lines or less; a line feed is white space.
      language: of the text (BCP-47), or empty where it isn't known.
    """
    main = language.replace("_", "-").split("-")[0].lower()
    out: list[tuple[int, int]] = []
    start, length = _skipped(text, 0), len(text)
    for match in _END.finditer(text):
        end = match.end()
        if end <= start or not _ends(text, start, match, main):
            continue
        out.append((start, end))
        start = _skipped(text, end)
    stop = len(text.rstrip())
    if start < min(stop, length):
        out.append((start, stop))
    return out


def _skipped(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _ends(text: str, start: int, match: re.Match[str], language: str) -> bool:
    if match["full"]:
        return not match["quoted"] or _BRACKET.match(text, match.end()) is not None
    opened = _OPENING.match(text, _skipped(text, match.end()))
    following = text[opened.end() : opened.end() + 1] if opened else ""
    if following.islower():
        return False
    if match["mark"] != ".":
        return True
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()].split()
    word = before[-1].lstrip("\"'\u2018\u201c\u00ab([{*_") if before else ""
    if not word or _is_number_or_letter(word):
        opens = match.start() - start <= len(word) + 2
        return bool(word) and word.isdecimal() and not opens and not (language in _ORDINALS and len(word) <= 2)
    folded = word.lower()
    if "." in word:  # e.g., U.S., z.B.; but a time of the day may end a sentence
        return folded in ("a.m", "p.m") or max(map(len, word.split("."))) > 2
    return folded not in _TITLES and not (folded in _NUMBERED and following.isdecimal())


def _is_number_or_letter(word: str) -> bool:
    return word.isdecimal() or (len(word) == 1 and word.lower() != word.upper())
