// The review list by keyboard. Without this script all of it works with Tab, Space and Enter.
"use strict";

const cards = [...document.querySelectorAll(".review-card")];
let isSent = false;

function currentCard() {
  return document.activeElement.closest(".review-card");
}

function goTo(place) {
  cards[Math.max(0, Math.min(place, cards.length - 1))]?.focus();
}

function step(number) {
  const place = cards.indexOf(currentCard());
  goTo(place < 0 ? 0 : place + number);
}

function inCard(selector) {
  return (currentCard() ?? cards[0])?.querySelector(selector);
}

const KEYS = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  a: () => inCard("textarea")?.focus(),
  s: () => inCard("[name=suggestion]")?.focus(),
  // Only where a person sees which card it is.
  n: () => currentCard()?.querySelector("[value=dismiss]")?.click(),
  u: () => document.getElementById("review-undo")?.click(),
};

function whileWriting(event) {
  const field = event.target;
  if (!field.matches(".review-card textarea") || event.isComposing) return;
  if (event.key === "Escape") currentCard().focus();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) inCard("[value=answer]").click();
}

document.addEventListener("keydown", (event) => {
  // In a box to tick it would save the answer, which nobody expects there.
  if (event.key === "Enter" && event.target.type === "checkbox") return event.preventDefault();
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return whileWriting(event);
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || (event.repeat && event.key === "n")) return;
  event.preventDefault();
  act();
});

// A second Enter before the next page is there would review the same group again.
document.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = event.target.method === "post";
});
window.addEventListener("pageshow", () => {
  isSent = false;
});

// What comes next after a review has taken its card's place; after the last one, the one before it.
const wanted = /^#card-(\d+)$/.exec(window.location.hash);
if (wanted) goTo(Number(wanted[1]) - 1);
