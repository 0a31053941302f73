"""What the tests read from the chat page."""


def said(browser, kind):
    """Return the texts in one call: what waits for an answer may be gone the next moment."""
    script = "return [...document.querySelectorAll(arguments[0])].map((item) => item.textContent)"
    return browser.execute_script(script, f"#talk .{kind}:not(.waiting) .text")
