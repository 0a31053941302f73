// How questions, answers and errors look. Texts become text nodes only: nothing that is said is ever markup.

import { feedbackOn } from "./feedback.js";
import { keep } from "./conversation.js";
import { say } from "./texts.js";
import { whyOf } from "./why.js";

const talk = document.getElementById("talk");
const WHO = { question: "you", answer: "bot", error: "wrong" };

export function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function turnOf(kind, text) {
  const turn = element("div", `turn ${kind}`);
  if (kind === "error") turn.setAttribute("role", "alert");
  const said = element("p", "text", text);
  said.dir = "auto";
  turn.append(element("p", "hidden", say(WHO[kind])), said);
  return turn;
}

function append(turn) {
  talk.append(turn);
  toTheEnd();
  return turn;
}

function toTheEnd() {
  talk.scrollTop = talk.scrollHeight;
}

export function showQuestion(text) {
  return append(turnOf("question", text));
}

export function showError(text) {
  return append(turnOf("error", text));
}

/** Show an answer while it is written; screen readers are told when it is whole. */
export function showWriting() {
  const turn = append(turnOf("answer", ""));
  turn.classList.add("waiting");
  turn.setAttribute("aria-busy", "true");
  return {
    write(text) {
      turn.querySelector(".text").textContent = text;
      toTheEnd();
    },
    remove: () => turn.remove(),
  };
}

/** Show a whole answer with the others to choose from, feedback and reasons. `turn` remembers what is chosen. */
export function showAnswer(turn) {
  const shown = turnOf("answer", "");
  const choice = { shown, others: element("div", "others"), note: element("p", "note"), why: whyOf(turn) };
  choice.others.setAttribute("role", "group");
  choice.others.setAttribute("aria-label", say("other_answers"));
  shown.append(choice.others, choice.note, feedbackOn(turn), choice.why.details);
  fill(turn, choice);
  return append(shown);
}

export function showGreeting() {
  const greeting = turnOf("answer", say("greeting"));
  greeting.classList.add("greeting");
  talk.replaceChildren(greeting);
}

function fill(turn, choice) {
  const { answers } = turn.reply;
  choice.shown.querySelector(".text").textContent = answers[turn.chosen].text;
  choice.note.textContent = noteOf(turn.reply, answers[turn.chosen]);
  choice.why.show();
  const buttons = answers.map((answer, place) => choiceOf(turn, choice, answer, place));
  choice.others.replaceChildren(...buttons.filter((_, place) => place !== turn.chosen));
}

function choiceOf(turn, choice, answer, place) {
  const button = element("button", "choice", answer.text);
  button.type = "button";
  button.dir = "auto";
  button.addEventListener("click", () => {
    turn.chosen = place;
    keep();
    fill(turn, choice);
    // The pressed button is gone: whoever uses the keyboard goes on among those that are left.
    choice.others.querySelector("button")?.focus();
  });
  return button;
}

function noteOf(reply, answer) {
  const parts = [reply.fallback ? say("fallback") : say(answer.source)];
  if (answer.confidence !== null && !reply.fallback) {
    parts.push(say("sure", { number: Math.round(answer.confidence * 100) }));
  } else if (answer.score !== null) {
    parts.push(say("score", { number: answer.score.toFixed(2) }));
  }
  parts.push(reply.model, say("milliseconds", { number: reply.elapsed_ms }));
  if (reply.truncated) parts.push(say("truncated"));
  if (reply.session_degraded) parts.push(say("degraded"));
  if (reply.unknown_words.length) parts.push(say("unknown", { words: reply.unknown_words.join(", ") }));
  return parts.join(" · ");
}
