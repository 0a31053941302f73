"""What the tests read from the chat page."""


def said(browser, kind):
    """Return the texts in one call: what waits for an answer may be gone the next moment."""
    script = "return [...document.querySelectorAll(arguments[0])].map((item) => item.textContent)"
    return browser.execute_script(script, f"#talk .{kind}:not(.waiting) .text")


def violations(browser):
    """Return what stands in a screen reader's way on the page."""
    from axe_core_python.selenium import Axe

    found = Axe().run(browser)["violations"]
    return [(rule["impact"], rule["id"], rule["nodes"][0]["html"]) for rule in found]
