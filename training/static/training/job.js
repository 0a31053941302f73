// A job's page refreshes itself every 2 s until the job has ended.
"use strict";

const page = document.getElementById("job");
const PAUSE_MS = 2000;
let etag = "";

function setText(id, text) {
  document.getElementById(id).textContent = text;
}

function showReport(rows) {
  const items = rows.flatMap(([name, value]) => {
    const term = document.createElement("dt");
    const description = document.createElement("dd");
    term.textContent = name;
    description.textContent = value;
    return [term, description];
  });
  document.getElementById("job-report").replaceChildren(...items);
}

function showLog(text) {
  const log = document.getElementById("job-log");
  const wasAtEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 5;
  log.textContent = text;
  if (wasAtEnd) log.scrollTop = log.scrollHeight;
}

function showSamples(exchanges) {
  const place = document.getElementById("job-samples");
  if (!place || !exchanges.length) return;
  const rows = exchanges.map((texts) => {
    const row = document.createElement("tr");
    for (const text of texts) {
      const cell = row.insertCell();
      cell.dir = "auto";
      cell.textContent = text;
    }
    return row;
  });
  place.querySelector("tbody").replaceChildren(...rows);
  place.hidden = false;
}

function showCurve() {
  const curve = document.getElementById("job-curve");
  if (curve) curve.src = `${curve.src.split("?")[0]}?${Date.now()}`;
}

function show(job) {
  const state = document.getElementById("job-state");
  const name = job.stalled ? "stalled" : job.state;
  state.className = `job-state ${name}`;
  state.textContent = name;
  document.getElementById("job-bar").value = job.percent;
  setText("job-percent", `${job.percent} %`);
  showReport(job.report);
  showLog(job.log);
  showSamples(job.samples);
  showCurve();
}

async function refresh() {
  try {
    const response = await fetch(page.dataset.status, { headers: etag ? { "If-None-Match": etag } : {} });
    if (response.ok) {
      etag = response.headers.get("ETag") || "";
      const job = await response.json();
      show(job);
      // What it made and which buttons make sense now, the server knows best.
      if (job.finished) return window.location.reload();
    }
  } catch {
    // The server is away for a moment; the next turn tries again.
  }
  window.setTimeout(refresh, PAUSE_MS);
}

document.getElementById("job-log").scrollTop = 1e9;
if (!("finished" in page.dataset)) window.setTimeout(refresh, PAUSE_MS);
