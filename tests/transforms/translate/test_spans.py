import time

import pytest

from transforms.translate.spans import find_spans


def spans_of(text: str) -> list[str]:
    return [text[start:end] for start, end in find_spans(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # beside letters that are written on to it, a name is what it is elsewhere
        ("变量foo_bar的值，邮箱a@b.com或https://example.com查看", ["foo_bar", "a@b.com", "https://example.com"]),
        ("使用camelCase，打开config.json并计算x^2的值，有%d个", ["camelCase", "config.json", "x^2", "%d"]),
        ("foo_bar를 a@b.com으로 보내고 getValue()를", ["foo_bar", "a@b.com", "getValue()"]),
        ("ตัวแปรfoo_barและmain.pyไฟล์", ["foo_bar", "main.py"]),
        (
            "在https://zh.wikipedia.org/wiki/数学 和C:\\用户\\文件",
            ["https://zh.wikipedia.org/wiki/数学", "C:\\用户\\文件"],
        ),
        ("{姓名}，红/绿/蓝，CTLs(细胞毒性T淋巴细胞)，3+5=8個", ["{姓名}", "3+5"]),
        ("弗里德里希•拉采尔 • 你好•", ["•", "•"]),  # in a name it is no bullet
        # what is stressed, and the marks of footnotes
        ("_The Great Gatsby_, __very bold text__ and _one_", []),
        ("_private, foo_bar, __init__, 'prefix_' and ____", ["_private", "foo_bar", "__init__", "prefix_", "____"]),
        ("See this.[^1] And that.[^a-note]", ["[^1]", "[^a-note]"]),
        (
            "See <https://a.b/c>, <mailto:a@b.c> or John <j.d@x.org>",
            ["<https://a.b/c>", "<mailto:a@b.c>", "<j.d@x.org>"],
        ),
        ("Hi :smile: and :+1: at 10:30: so a::b:c:, Note :that", [":smile:"]),
        # front matter, but no rule with prose below it
        (
            "---\na: My post\nb:\n  - c\n- d\ndraft: true\n---\nHi",
            ["---\na: My post\nb:\n  - c\n- d\ndraft: true\n---"],
        ),
        ("---\r\ntitle: 文章\r\n---\r\nHi", ["---\r\ntitle: 文章\r\n---"]),
        ("---\nNote: this is prose\n---\nMore", []),
        ("---\nuser: hello\nassistant: hi\n---\ntitle: A", []),
        ("---\nnav_order: 3\n# of it\ntitle:\n  a\n---\nHi", ["---\nnav_order: 3\n# of it\ntitle:\n  a\n---"]),
        ("---\nso: one\n\nSome prose\n---", []),
        ("Hi\n---\ntitle: A\n---\n", []),
        # labels of links, where they are defined
        (
            '[a text][Ref], ![alt][ref], [ref][], [the text](ref)\n\n[ref]: https://a.b/c "Title"\n',
            ["Ref", "ref", "[ref][]", "[ref]: https://a.b/c"],
        ),
        ("[看文档][文档]，[no][such]\n\n[文档]: <a b> 'x'", ["文档", "[文档]: <a b>"]),
        # what begins where something else could have begun
        ("[Note]: see [1, 2] and [^a]", ["[1, 2]", "[^a]"]),
        ("<pre>a, \\(b and \\begin{c}", ["<pre>", "\\(", "\\begin{c}"]),
        ("a[i][j]\n[Note]: Done...\n[Answer]: 3.5\n[User]: see a/b there", []),
        ("Run:\r\n~~~\r\nx = 1\r\n~~~\r\nThen go on.\r\n", ["~~~\r\nx = 1\r\n~~~\r"]),
        ("```\r\na ``` b\r\n```\r\nThen go on.", ["```\r\na ``` b\r\n```\r"]),
        ("It costs $$ a lot.\r\n\r\nNot $$ little.", []),
        # money is text (Pandoc's tex_math_dollars), maths is not
        ("$5 and $10", []),
        ("It costs $5, then $10.", []),
        # calculations are kept, amounts and ranges are text
        ("He had $100-$20=$80 left", ["$100-$20=$80"]),
        ("is 3*120=<<3*120=360>>360, or .5*2 = 1", ["3*120", "<<3*120=360>>360", ".5*2 = 1"]),
        ("157,000 + 499,000 = 656,000, $30 x 12, 100-x", ["157,000 + 499,000 = 656,000", "$30 x 12", "100-x"]),
        ("5x + 3y = 27, y = 4; 4 * x, 50% + 20%", ["5x + 3y = 27", "y = 4", "4 * x", "50% + 20%"]),
        ("$400 000 x 3/100 = $12 000, 12:10+2:00", ["$400 000 x 3/100 = $12 000", "12:10+2:00"]),
        ("$5+$6 and $x + y$ and $5+3$", ["$5+$6", "$x + y$", "$5+3$"]),
        ("90-24 = 66, 90-24, 10 - 4 =", ["90-24 = 66", "10 - 4"]),
        ("1990-2000, 24/7, 1/2 cup, 2022-01-01, 10/12/2020, F-16, w/o, $5-$10, 3 - 5 years, a - 5, I = 7", []),
        ("costs $2,000 or $1.50.", []),
        ("a $20,000 car and US$ notes", []),
        ("$x$", ["$x$"]),
        ("so $x + y = 2$ holds", ["$x + y = 2$"]),
        ("$ x$ and $x $", []),
        ("$x$2", []),
        ("escaped \\$x$ is", ["\\$"]),
        ("$\\frac{3}{4}$ of it", ["$\\frac{3}{4}$"]),
        ("$5 for the US$", []),
        ("costs 5$, then 10$. Стоит $5 или 6$, 1本$3で、2本$.50", []),
        ("5$US, 10$US. 1$–2$, 5$和10$", []),
        ("2$n$ of 10$^6$, 3$(x+1)$; 有3$x$个，2$y$个", ["$n$", "$^6$", "$(x+1)$", "$x$", "$y$"]),
        ("$v_{ср}=5$, $S_{阴影}$，$x$，求$y$", ["$v_{ср}=5$", "$S_{阴影}$", "$x$", "$y$"]),
        ("$$a\n+b$$", ["$$a\n+b$$"]),
        ("pride.\\nRight\\n\\nThe $a \\nLeftarrow b$ \\nabla", ["\\n", "\\n", "\\n", "$a \\nLeftarrow b$", "\\nabla"]),
        ("\\(a+b\\), \\[c\n\\]", ["\\(a+b\\)", "\\[c\n\\]"]),
        ("\\begin{align*}a\n\nb\\end{align*}.", ["\\begin{align*}a\n\nb\\end{align*}"]),
        ("\\\\frac{1}{2} it, one\\\\two", ["\\\\frac{1}{2}", "\\\\"]),
        ("\\begin{proof}\nSo $x$.\n\\end{proof}", ["\\begin{proof}", "$x$", "\\end{proof}"]),
        ("\\boxed{\\frac{1}{2}} it", ["\\boxed{\\frac{1}{2}}"]),
        # code
        ("use `a b` or ``c`d``.", ["`a b`", "``c`d``"]),
        ("a ` lone tick", []),
        ("```py\nx\n```\nend", ["```py\nx\n```"]),
        ("a:\n```\nnever closed", ["```\nnever closed"]),
        ("Answer: ```py\nx = 1\n```\nend", ["```py\nx = 1\n```"]),
        ("~~~\n```\n~~~\nend", ["~~~\n```\n~~~"]),
        ("call foo(a, b) and obj.get() now", ["foo(a, b)", "obj.get()"]),
        ("the dog(s) and class(es)", []),
        ("brown sugar(165 g) or cake(12 inches), f(2)", ["(165 g)", "f(2)"]),
        ("in snake_case and camelCase", ["snake_case", "camelCase"]),
        ("x^2 + y^{10}", ["x^2", "y^{10}"]),
        (
            "is == bad, n===0 != 1, x <- y -> z => 1 && 2 || 3 := 4",
            ["==", "===", "!=", "<-", "->", "=>", "&&", "||", ":="],
        ),
        ("well -- so ==== and a<-b", []),
        ("C# and C++ or F#.", ["C#", "C++", "F#"]),
        ("<pre>a\nb</pre> c", ["<pre>a\nb</pre>"]),
        # links, files
        ("see https://a.b/c_(d)?e=f#g.", ["https://a.b/c_(d)?e=f#g"]),
        ("(www.example.org/x)", ["www.example.org/x"]),
        ("1.https://a.b, it ends.http://c.d, s3://a/b", ["https://a.b", "http://c.d", "s3://a/b"]),
        ("<|im_start|>user <|x| y|>", ["<|im_start|>"]),
        ("mail a.b+c@d-e.co.uk.", ["a.b+c@d-e.co.uk"]),
        (
            "open src/main.py, /usr/bin/env, ./x and C:\\temp\\a.txt",
            ["src/main.py", "/usr/bin/env", "./x", "C:\\temp\\a.txt"],
        ),
        (
            "C:\\Program Files (x86)\\My App\\app.exe, then D:\\a b and \\\\srv\\Team Docs\\a.docx.",
            ["C:\\Program Files (x86)\\My App\\app.exe", "D:\\a", "\\\\srv\\Team Docs\\a.docx."],
        ),
        ("copy C:\\a to C:\\b now", ["C:\\a", "C:\\b"]),
        ("GET '/users' of r/worldnews by u/some_one, and/or either/r/x", ["/users", "r/worldnews", "u/some_one"]),
        ("so a \\\\ b and \\\\x", ["\\\\", "\\\\"]),
        (
            "see github.com/user/repo, youtu.be/x?v=a_b&t=1. (en.wikipedia.org/wiki/Foo_(bar))",
            ["github.com/user/repo", "youtu.be/x?v=a_b&t=1", "en.wikipedia.org/wiki/Foo_(bar)"],
        ),
        ("it ends.Or so, i.e./e.g./a.m./p.m. and U.S./UK", []),
        ("and/or 5 km/h, 1/2 of 24/7", []),
        ("data.json and notes.txt.", ["data.json", "notes.txt"]),
        ("First.Then e.g. this. U.S.A.", []),
        # marks, placeholders, tags
        ("is $<<48/2=24>>24 clips", ["$<<48/2=24>>24"]),
        (
            "is 48/2 = <<48/2=24>>24 clips or <<1/4=.25>>.25 cups, <<2*.5=1.0>>1.0 kg",
            ["48/2", "<<48/2=24>>", "<<1/4=.25>>.25", "<<2*.5=1.0>>1.0"],
        ),
        ("is <<1+1=2>>2nd place, <<1+1=2>>2", ["<<1+1=2>>", "<<1+1=2>>2"]),
        (
            "5 + 10 = 15 figs, 2*3=6 figs, 3 * 4 = 12, x = 5 and 90-30=60.",
            ["5 + 10 =", "2*3=", "3 * 4 = 12", "x = 5", "90-30=60"],
        ),
        ("<b>x</b> <br/> <a href='u'>", ["<b>", "</b>", "<br/>", "<a href='u'>"]),
        ("if a <b and c> d", []),
        ("20 < 30 > 10", ["<", ">"]),
        ("{name} {0} {} {{x}} ${y} {% if %} <NAME>", ["{name}", "{0}", "{}", "{{x}}", "${y}", "{% if %}", "<NAME>"]),
        (
            "{a:,.2f} {a!r:>10} {u['the name'].x} {m[0]:.3f} {a:%Y}",
            ["{a:,.2f}", "{a!r:>10}", "{u['the name'].x}", "{m[0]:.3f}", "{a:%Y}"],
        ),
        ("{# of Jinja #} a {#b} c", ["{# of Jinja #}"]),
        ("{cats, dogs} and {language: proficiency}", []),
        ("%s %d %.2f %(a)s %1$s", ["%s", "%d", "%.2f", "%(a)s", "%1$s"]),
        ("50% discount, 20%", []),
        ("**bold** text", ["**", "**"]),
        ("caf\u00e9 \u2192 30\u00b0 \U0001f389 \u20ac5", ["\u2192", "\u00b0", "\U0001f389", "\u20ac"]),
        (
            "1\ufe0f\u20e3 one, #\u20e3 \U0001f3f4\U000e0067\U000e0062\U000e007f.",
            ["1\ufe0f\u20e3", "#\u20e3", "\U0001f3f4\U000e0067\U000e0062\U000e007f"],
        ),
        ("30\u00b0C/86 \u00b0 F at 37\u00b0 N, 45\u00b0 Care", ["\u00b0C", "\u00b0 F", "\u00b0", "\u00b0"]),
        (
            'see [docs](https://a.b/c_(d)?e), ![a cat](img.png), [here](/x "A title"), [two](#n) or [it](optional)',
            ["https://a.b/c_(d)?e", "img.png", "/x", "#n"],
        ),
        ("5 m\u00b2 and x\u00b2, \u03c0r\u00b2", ["m\u00b2", "x\u00b2", "\u03c0r\u00b2"]),
        ("6\u00bd sacks, 1,250 \u00be of \u00bd", ["6\u00bd", "1,250 \u00be", "\u00bd"]),
        ("In 1999, \u00bd of 12 \u00b9 left 3. \u00bc", ["\u00bd", "\u00b9", "\u00bc"]),
        ("#tag and @user", ["#tag", "@user"]),
        # marks that stand for themselves: chess positions, UUIDs, their patterns
        (
            "play rnbqkbnr/pp1ppppp/8/2p5/PPPP1PPP w, then 550e8400-e29b-41d4-a716-446655440000.",
            ["rnbqkbnr/pp1ppppp/8/2p5/PPPP1PPP", "550e8400-e29b-41d4-a716-446655440000"],
        ),
        ("as XXXXXXXX-XXXX-4XXX-YXXX-X.", ["XXXXXXXX-XXXX-4XXX-YXXX-X"]),
        ("COVID-19-related end-to-end tests on 2022-01-01, 3D-printed and 10am-5pm", []),
        ("X0X looks like X12X", ["X0X", "X12X"]),
        ("Nothing here, really: it's (quite) plain; isn't it?", []),
    ],
)
def test_what_is_protected(text: str, expected: list[str]) -> None:
    assert spans_of(text) == expected


@pytest.mark.parametrize(
    "unit",
    ["`", "``` ", "$", "$a ", "$$", "\\(", "\\[", "\\begin{a}", "\\a{", "<", "<a b=", "<!--", "{", "%(a", "a@", "a@b.",
     "/a", "a.", "_", "a_", "f(a ", "a^{", "[1 aa", "X1", "aA", "\n\n", "aa ", "\\", "a.b/", "http://", "1X", "ab.",
     "a.bc/", "C:\\A ", "C:\\A B\\", "\\\\a\\A ", "\\\\a{", "{a[", "{#", "{a[b]", "{a:", "1\u20e3", "a-", "1a-",
     "_a ", "__a b", "字", "a字", "a:/字", "http://a/字", "[^", "<a:", "<a@", ":a", "1+", "1 + ", "1 000", "x-1", "1x ",
     "1a-1a/a1-a ", "[a]: b/c\n", "[a]:", "<|a", "a1", "a1:/", "\\begin{proof}", "[a]: ./a .", "---\na: b\n",
     "$1-"],
)  # fmt: skip
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = (unit * 100_000)[:100_000]
    start = time.process_time()
    find_spans(text)
    assert time.process_time() - start < 3  # a quadratic pattern takes minutes; the slowest takes 0.3 s
