// Choosing blind by keyboard: the next pair comes in place, so that a screen reader hears it and no focus is lost.
"use strict";

const KEPT_SWITCH = "blind-keys";
const PARTS = ["blind-asked", "blind-choice"];
const keysAreOn = document.getElementById("blind-keys");
const trouble = document.getElementById("blind-trouble");
let busy = false;

function focusAnswers() {
  // At the end that is the way to the result.
  const place = document.querySelector(".blind-answers, #blind-result");
  if (place) place.focus({ preventScroll: true });
}

function tell(text) {
  trouble.textContent = text;
  trouble.hidden = !text;
}

function show(text, address) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  // Logged out, or an error: the browser shows that page itself.
  if (!fresh.getElementById("blind")) return window.location.assign(address);
  for (const id of PARTS) {
    document.getElementById(id).replaceChildren(...fresh.getElementById(id).childNodes);
  }
  tell([...fresh.querySelectorAll(".messagelist .error")].map((item) => item.textContent).join(" "));
  window.history.replaceState(null, "", address);
  window.scrollTo(0, 0);
  focusAnswers();
}

async function load(address, options) {
  if (busy) return;
  busy = true;
  try {
    const response = await fetch(address, options);
    if (response.ok) show(await response.text(), response.url);
    else tell(`The server answered ${response.status}. Your choice was not kept; load the page again.`);
  } catch {
    tell("The server cannot be reached. Your choice may not have been kept; choose again.");
  } finally {
    busy = false;
  }
}

function wanted(event) {
  // By the place of the key too: on some keyboards a digit needs Shift.
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const key = digit ? digit[1] : event.key;
  return [...document.querySelectorAll("#blind [data-keys]")].find((item) => item.dataset.keys.split(" ").includes(key));
}

document.addEventListener("keydown", (event) => {
  // A key that is held down must not choose for the pairs that follow.
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || !keysAreOn.checked) return;
  if (event.target.closest("select, textarea, input:not([type=checkbox])")) return;
  const item = wanted(event);
  if (!item) return;
  event.preventDefault();
  item.click();
});

document.getElementById("blind-choice").addEventListener("submit", (event) => {
  event.preventDefault();
  // Not form.action alone: the button that was pressed is what is chosen.
  load(event.target.action, { method: "POST", body: new FormData(event.target, event.submitter) });
});

document.getElementById("blind-choice").addEventListener("click", (event) => {
  const link = event.target.closest("a[data-keys]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(link.href);
});

keysAreOn.checked = window.localStorage.getItem(KEPT_SWITCH) !== "off";
keysAreOn.addEventListener("change", () => {
  window.localStorage.setItem(KEPT_SWITCH, keysAreOn.checked ? "on" : "off");
});
document.getElementById("blind-switch").hidden = false;
focusAnswers();
