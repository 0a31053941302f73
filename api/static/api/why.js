// Why an answer was given: who wrote it, where it was said, which words mattered, how it was judged.

import { say } from "./texts.js";

function element(name, text) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Return what folds out under an answer, and how to let it speak of the one that is chosen now. */
export function whyOf(turn) {
  const details = element("details");
  details.className = "why";
  const summary = element("summary", say("why"));
  const reasons = element("div");
  details.append(summary, reasons);
  return { details, show: () => reasons.replaceChildren(...reasonsFor(turn)) };
}

function reasonsFor(turn) {
  const answer = turn.reply.answers[turn.chosen];
  const reason = turn.reply.explanation?.[turn.chosen] ?? {};
  return [...origin(answer, reason), ...table("mattered", words(reason)), ...table("scores", scores(reason))];
}

function origin(answer, { exchange }) {
  if (answer.source === "own") return [element("p", say("why_own"))];
  if (answer.source === "generated") return [element("p", say("why_generated"))];
  if (!exchange) return [element("p", say("why_found"))];
  const question = element("blockquote", exchange.question);
  question.dir = "auto";
  return [element("p", say("why_retrieved", exchange)), question];
}

/** How much less likely the answer is without each word of the question. */
function words({ words: asked, falls }) {
  return falls ? asked.map((word, place) => [word, falls[place]]) : [];
}

function scores({ scores: judged }) {
  return Object.entries(judged ?? {}).map(([name, score]) => [name.replaceAll("_", " "), score]);
}

function table(caption, rows) {
  if (!rows.length) return [];
  const made = element("table");
  const cells = rows.map(([name, number]) => {
    const row = element("tr");
    const head = element("th", name);
    head.scope = "row";
    head.dir = "auto";
    row.append(head, element("td", Number(number).toFixed(3)));
    return row;
  });
  made.append(element("caption", say(caption)), ...cells);
  return [made];
}
