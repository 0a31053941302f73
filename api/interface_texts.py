"""What the chat page and the login page say, in English and Chinese: the browser's Accept-Language chooses.

A dictionary, because a catalogue of Django's would need gettext's tools on every machine that installs this,
and would turn the admin into half a Chinese one.
"""

from typing import Any

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

# For the documents' `lang`.
LANGUAGES = {"en": "en", "zh": "zh-Hans"}
DEFAULT_LANGUAGE = "en"

# In braces stands what the script fills in.
TEXTS: dict[str, tuple[str, str]] = {
    # Around every page
    "chat": ("Chat", "聊天"),
    "site": ("Site", "网站"),
    "admin": ("Admin", "管理"),
    "api": ("API", "接口"),
    "log_out": ("Log out", "退出"),
    # The login
    "log_in": ("Log in", "登录"),
    "wrong_password": ("The name or the password is wrong.", "用户名或密码不正确。"),
    "name": ("Name", "用户名"),
    "password": ("Password", "密码"),
    "first_administrator": ("The first administrator is", "第一个管理员是"),
    "lies_in_file": ("; its password lies in the file", "，密码在文件"),
    "end_of_hint": (".", " 中。"),
    # The form
    "conversation": ("Conversation", "对话"),
    "greeting": ("Ask me something.", "问我点什么吧。"),
    "your_message": ("Your message", "您的消息"),
    "placeholder": ("Type, then press Enter", "输入后按回车键"),
    "send": ("Send", "发送"),
    "hint": ("Enter sends, Shift+Enter makes a new line.", "回车键发送，Shift+回车换行。"),
    "options": ("Options", "选项"),
    "which_bot": ("Bot", "机器人"),
    "answers": ("Answers", "回答数"),
    "model": ("Model", "模型"),
    "bots_own_model": ("the bot's own", "机器人当前的"),
    "new_conversation": ("New conversation", "新对话"),
    # A turn
    "you": ("You:", "您："),
    "bot": ("Bot:", "机器人："),
    "wrong": ("Error:", "错误："),
    "generated": ("generated", "生成"),
    "retrieved": ("retrieved", "检索"),
    "own": ("own answer", "人工回答"),
    "score": ("score {number}", "得分 {number}"),
    "sure": ("{number} % sure", "把握 {number}%"),
    "milliseconds": ("{number} ms", "{number} 毫秒"),
    "fallback": ("no sure answer", "没有把握的回答"),
    "truncated": ("only the last part was read", "只读了最后一部分"),
    "unknown": ("unknown: {words}", "未知词：{words}"),
    "degraded": ("what was said before could not be read", "读不到之前的对话"),
    "other_answers": ("Other answers; choose one to show it", "其他回答；选择一个来显示"),
    # Feedback
    "good": ("Good answer", "回答得好"),
    "bad": ("Bad answer", "回答得不好"),
    "thanks": ("Thank you, that is noted.", "谢谢，已记下。"),
    "suggest": ("Suggest a better answer", "建议更好的回答"),
    "better": ("A better answer to “{question}”", "对“{question}”更好的回答"),
    "save": ("Save", "保存"),
    "cancel": ("Cancel", "取消"),
    "learnt": ("The bot says this from now on.", "机器人从现在起这样回答。"),
    # Why
    "why": ("Why", "为什么"),
    "why_own": ("A person wrote this answer for this bot.", "这个回答是有人为这个机器人写的。"),
    "why_generated": ("The network wrote it, word by word.", "这是网络逐词生成的。"),
    "why_retrieved": (
        "It was said in {corpus}, conversation {conversation}, turn {turn}, to:",
        "出自语料 {corpus}，对话 {conversation}，第 {turn} 轮，回应的是：",
    ),
    "why_found": ("It was found in the corpus.", "这是从语料中找到的。"),
    "mattered": ("Words of the question, by how much they mattered", "问题中的词及其影响"),
    "scores": ("Scores", "得分"),
    # What goes wrong
    "no_such_bot": ("There is no bot of this name:", "没有叫这个名字的机器人："),
    "bots_there_are": ("There are:", "现有的机器人："),
    "logged_out": (
        "You are logged out. Log in again, then ask once more.",
        "您已退出登录。请重新登录后再问一次。",
    ),
    "unreachable": ("The server cannot be reached. Is it running?", "连接不上服务器。它在运行吗？"),
    "status": ("The server answered with status {number}.", "服务器返回了状态 {number}。"),
    "interrupted": ("No answer arrived. Ask once more.", "没有收到回答。请再问一次。"),
}
# Errors by their codes; English pages show the sentence that came with it, which says more.
CHINESE_ERRORS = {
    "invalid": "消息不符合要求：不能为空，最多 10000 个字符。",
    "not_json": "请求的格式不对。",
    "not_authenticated": "您已退出登录。请重新登录后再问一次。",
    "forbidden": "您没有这个权限。",
    "not_found": "没有这个机器人或模型。",
    "method_not_allowed": "不支持这种请求。",
    "conflict": "现在不能这样做。",
    "too_large": "消息太长了。",
    "unsupported_media_type": "请求的格式不对。",
    "throttled": "请求太频繁。请稍等再试。",
    "error": "出错了。请再试一次。",
    "no_model": "机器人还没有训练好的模型。请在管理页面开始训练，或等训练结束。",
    "overloaded": "服务器很忙。请稍等再试。",
}


def interface(request: HttpRequest) -> dict[str, Any]:
    """Give templates `texts` and `language`: a context processor."""
    language = language_of(request)
    return {"language": LANGUAGES[language], "texts": texts_in(language)}


def language_of(request: HttpRequest) -> str:
    """Return the first language that the reader's browser asks for and this program speaks."""
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    wanted = (name.partition("-")[0] for name, _ in accepted)
    return next((name for name in wanted if name in LANGUAGES), DEFAULT_LANGUAGE)


def texts_in(language: str) -> dict[str, Any]:
    place = list(LANGUAGES).index(language)
    texts: dict[str, Any] = {name: spoken[place] for name, spoken in TEXTS.items()}
    return {**texts, "errors": CHINESE_ERRORS if language == "zh" else {}}


def error_in(language: str, code: str, text: str) -> str:
    """Return an error of the API in the reader's language."""
    return CHINESE_ERRORS.get(code, text) if language == "zh" else text
