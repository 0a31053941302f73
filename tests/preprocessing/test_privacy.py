import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.privacy import PLACEHOLDERS, replace_private


def test_each_kind_is_replaced_and_counted():
    text = "@bob (bob@example.com, 555-010-1234), see www.example.com; 4111 1111 1111 1111, 123-45-6789"

    assert replace_private(text) == (
        "<name> (<email>, <phone>), see <address>; <card>, <identity>",
        {"email": 1, "address": 1, "identity": 1, "card": 1, "phone": 1, "name": 1},
    )


def test_two_of_a_kind_count_as_two():
    text, counts = replace_private("13812345678、13912345678")

    assert (text, counts) == ("<phone>、<phone>", {"phone": 2})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zhang@example.com", "<email>"),
        ("请联系zhang@example.com谢谢", "请联系<email>谢谢"),
        ("mailto:a.b+c_d@mail.example.co.uk.", "mailto:<email>."),
        ("<anna@example.com>", "<<email>>"),
        ("josé@example.com", "<email>"),
        ("12345678@qq.com", "<email>"),
        ("zhang＠example.com", "<email>"),
        ("z" * 70 + "@example.com", "z" * 6 + "<email>"),
    ],
)
def test_an_email_address_is_replaced(text, expected):
    assert replace_private(text) == (expected, {"email": 1})


TELEPHONE_NUMBERS = (
    "13812345678; 138 1234 5678; 138-1234-5678; 1381 234 5678; +8613812345678; "
    "+86 138-1234-5678; (+86) 13812345678; 008613812345678; 86 138 1234 5678; １３８１２３４５６７８; "
    "＋86 １３８１２３４５６７８; 010-12345678; 01062345678; 0755 1234567; (021)12345678; "
    "（021）1234-5678; 010-12345678-801; 010-12345678转801; +86 10 1234 5678; 86-10-1234-5678; "
    "400-123-4567; 4001234567; 400 1234 567; 800 820 1234; +1 (555) 010-1234; "
    "+1-555-010-1234; 1-800-555-1234; (555) 010-1234; 555-010-1234; 555-010-1234 ext. 42; "
    "555.010.1234; 555 010 1234; 555-1234; 639-7393; +44 20 7946 0958; +44 (0)20 7946 0958; "
    "0044 20 7946 0958; 020 7946 0958; 01632 960 123; +33 1 23 45 67 89; +85223456789"
)


@pytest.mark.parametrize("number", TELEPHONE_NUMBERS.split("; "))
def test_a_telephone_number_is_replaced(number):
    assert replace_private(number) == ("<phone>", {"phone": 1})
    assert replace_private(f"打{number}，谢谢")[0] == "打<phone>，谢谢"
    assert replace_private(f"Ring {number}.")[0] == "Ring <phone>."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("电话：87654321", "电话：<phone>"),
        ("我的手机号是 8765432。", "我的手机号是 <phone>。"),
        ("Tel13812345678", "Tel<phone>"),
        ("my phone number is 5264453", "my phone number is <phone>"),
        ("call me at 5550101234!", "call me at <phone>!"),
        ("Telephone: 2974-5328", "Telephone: <phone>"),
    ],
)
def test_a_short_number_is_a_telephone_after_a_word_for_it(text, expected):
    assert replace_private(text) == (expected, {"phone": 1})


def test_what_follows_a_number_with_a_country_code_stays():
    assert replace_private("+44 20 7946 0958 2024")[0] == "<phone> 2024"
    assert replace_private("+1 555 010 1234 5 times")[0] == "<phone> 5 times"


def test_a_number_directly_after_another_is_found():
    assert replace_private("13812345678(021)12345678") == ("<phone><phone>", {"phone": 2})
    assert replace_private("13812345678-13912345678") == ("<phone>-<phone>", {"phone": 2})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111111111111111", "<card>"),
        ("4111 1111 1111 1111", "<card>"),
        ("5500-0000-0000-0004", "<card>"),
        ("3782 822463 10005", "<card>"),
        ("3056 930902 5904", "<card>"),
        ("4222222222222", "<card>"),
        ("6222 0212 3456 7890 128", "<card>"),
        ("622202 1234567890128", "<card>"),
        ("卡号４１１１１１１１１１１１１１１１，", "卡号<card>，"),
        ("4111 1111 1111 1111 123", "<card> 123"),
        ("5678 4111 1111 1111 1111", "5678 <card>"),
    ],
)
def test_a_card_number_is_replaced(text, expected):
    assert replace_private(text) == (expected, {"card": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11010519491231002X", "<identity>"),
        ("11010519491231002x", "<identity>"),
        ("110105 19491231 002X", "<identity>"),
        ("我的身份证１１０１０５１９４９１２３１００２Ｘ。", "我的身份证<identity>。"),
        ("身份证号码：110105491231002", "身份证号码：<identity>"),
        ("123-45-6789", "<identity>"),
        ("my SSN is 123 45 6789", "my SSN is <identity>"),
        ("护照号：E12345678", "护照号：<identity>"),
        ("护照号码是EA1234567吗", "护照号码是<identity>吗"),
        ("Passport No. E12345678", "Passport No. <identity>"),
        ("my passport number is 123456789.", "my passport number is <identity>."),
    ],
)
def test_an_identity_number_is_replaced(text, expected):
    assert replace_private(text) == (expected, {"identity": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://example.com/a?b=c#d", "<address>"),
        ("HTTP://EXAMPLE.COM", "<address>"),
        ("ftp://example.com/file", "<address>"),
        ("https://bob:secret@example.com/", "<address>"),
        ("https://example.com/@bob/13812345678", "<address>"),
        ("看https://example.com/路径", "看<address>路径"),
        ("（http://example.com/a）。", "（<address>）。"),
        ("(see https://example.com/a_(b)).", "(see <address>)."),
        ("Go to http://example.com, now!", "Go to <address>, now!"),
        ("www.example.museum", "<address>"),
        ("打开www.example.cn吧", "打开<address>吧"),
        ("example.com", "<address>"),
        ("Example.COM.", "<address>."),
        ("my-shop.example.com.cn/path?x=1", "<address>"),
        ("example.com:8080/path", "<address>"),
        ("t.me/anna", "<address>"),
        ("192.168.1.1:8080/login", "<address>"),
    ],
)
def test_the_address_of_a_web_page_is_replaced(text, expected):
    assert replace_private(text) == (expected, {"address": 1})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@张三 你好", "<name> 你好"),
        ("@张三\u2005你好", "<name>\u2005你好"),
        ("@Li Lei 🌸\u2005你好", "<name>\u2005你好"),
        ("你好@bob_99，在吗", "你好<name>，在吗"),
        ("＠张三：好", "<name>：好"),
        ("thanks @jean-luc.", "thanks <name>."),
        ("@anna.b said", "<name> said"),
        ("回复abc@张三", "回复abc<name>"),
    ],
)
def test_a_name_after_an_at_sign_is_replaced(text, expected):
    assert replace_private(text) == (expected, {"name": 1})


def test_names_in_a_row_are_all_found():
    assert replace_private("@a1@b2@c3@d4@e5@f6@g7") == ("<name>" * 7, {"name": 7})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nothing here",
        "这里什么都没有。",
        "in 1999, 2000 and 2001",
        "1999 2000 2001 2002",
        "2500 3000 3500 4000",
        "$1,234.50 or 5999元 or ￥12.00",
        "12,345,678 of 100,000,000",
        "at 10:30, 10:30-11:30",
        "2024-01-15 10:30",
        "20240115 103000",
        "1700000000000",
        "version 1.2.3 and 1.2.3.4",
        "order 12345678, code 123456",
        "订单号12345678，验证码123456",
        "手机2000-3000元，加800-1000",
        "the years 800-1066 and 1970-1990",
        "scores 13-14 15-16, 280, 290, 300 knots",
        "about 0.13812345678",
        "5555555555555 2333333333333333 8000000000",
        "4111 1111 1111 1112",
        "978-7-302-51234-5 and 9787302512345",
        "110105194912310021 110105194913310029",
        "000-12-3456 666-12-3456 900-12-3456 123-00-4567 123-45-0000",
        "E12345678 is no passport's number",
        "SN13812345678 and a138123456780",
        "the end.Then e.g. 3.14, i.e. node.js, main.py",
        "Tell.me about ASP.NET and and/or Mr.Wang",
        "Well...com on",
        "3 @ 5, meet @5pm or @10:30, @5999元起, root@localhost, @",
        "<email> <phone> <card> <identity> <address> <name>",
        "passport <identity>, call <phone>, @<name>",
    ],
)
def test_other_numbers_and_signs_stay(text):
    assert replace_private(text) == (text, {})


def test_full_width_signs_that_are_not_replaced_stay_as_they_were():
    assert replace_private("２０２４年，电话13812345678")[0] == "２０２４年，电话<phone>"


FRAGMENTS = st.sampled_from(
    [
        *PLACEHOLDERS,
        *"@＠.-/:+() 015５aZx_,好\u2005",
        *(
            "zhang@example.com",
            "13812345678",
            "+86 138-1234-5678",
            "(021)12345678",
            "010-12345678",
            "555-1234",
        ),
        *(
            "+44 20 7946 0958",
            "4111 1111 1111 1111",
            "11010519491231002X",
            "123-45-6789",
            "passport ",
            "电话",
        ),
        *(
            "E12345678",
            "http://a.com/x",
            "www.a.cn",
            "example.com/p",
            "t.me/a",
            "@张三",
            "@bob",
            "转801",
            "com",
        ),
    ]
)


@given(st.one_of(st.text(), st.lists(FRAGMENTS, max_size=8).map("".join)))
def test_replacing_again_changes_nothing(text):
    once, counts = replace_private(text)

    assert replace_private(once) == (once, {})
    assert {f"<{kind}>" for kind in counts} <= set(PLACEHOLDERS)
    assert sum(once.count(each) - text.count(each) for each in PLACEHOLDERS) == sum(counts.values())


@pytest.mark.parametrize(
    "text",
    [
        "1" * 100_000,
        "１" * 100_000,
        "@" * 100_000,
        "a." * 50_000,
        "a" * 100_000 + "@",
        "a@" * 50_000,
        "x@" + "a." * 50_000,
        "1 " * 50_000,
        "4111 " * 20_000,
        "4110 " * 20_000,
        "+1" * 50_000,
        "(0" * 50_000,
        "http://a" + ")" * 100_000,
        "passport " * 11_000,
        "电话" + "号" * 100_000,
        "@b1+44 20 7946 0958" * 5_000,
        "13812345678@bob" * 6_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_text_takes_linear_time(text):
    started = time.monotonic()

    replace_private(text)

    assert time.monotonic() - started < 2


def test_an_ordinary_line_takes_microseconds():
    line = "Well I thought we would start with pronunciation. If that is okay with you, my dear old friend?"
    started = time.perf_counter()
    for _ in range(1000):
        replace_private(line)

    assert (time.perf_counter() - started) / 1000 < 0.0001
