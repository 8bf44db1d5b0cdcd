"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => row.cells[column]?.dataset.v ?? row.cells[column]?.textContent ?? "";
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const compare = (a, b) => {
      const [x, y] = [value(a, column), value(b, column)];
      if (!head.classList.contains("n")) return x.localeCompare(y, "en", { numeric: true }) * (up ? 1 : -1);
      const [n, m] = [parseFloat(x), parseFloat(y)];
      if (Number.isNaN(n) || Number.isNaN(m)) return Number.isNaN(n) - Number.isNaN(m);
      return (n - m) * (up ? 1 : -1);
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  }));
}

const rate = document.getElementById("rate-input");
rate?.addEventListener("input", () => {
  const perSecond = Number(rate.value);
  const { price, currency } = document.querySelector("table.rate").dataset;
  const digits = (number) => Number(number.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 });
  for (const cell of document.querySelectorAll("td[data-cpu]")) {
    const cores = Number(cell.dataset.cpu) * perSecond / 1e6;
    cell.querySelector(".cores").textContent = perSecond > 0 ? (cores < 0.001 ? "< 0.001" : digits(cores)) : "–";
    const cost = cell.querySelector(".cost");
    if (cost) cost.textContent = perSecond > 0 ? `${digits(cores * Number(price))} ${currency}` : "–";
  }
});

const theme = document.getElementById("theme");
const themes = { "": "as the system has them", light: "light", dark: "dark" };
const wear = (name) => {
  if (name) document.documentElement.dataset.theme = name;
  else delete document.documentElement.dataset.theme;
  theme.setAttribute("aria-label", `Colours: ${themes[name]}`);
  theme.title = `Colours: ${themes[name]}`;
};
theme.addEventListener("click", () => {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const order = dark ? ["", "light", "dark"] : ["", "dark", "light"];
  wear(order[(order.indexOf(document.documentElement.dataset.theme ?? "") + 1) % order.length]);
});

const tip = document.getElementById("tip");
for (const title of document.querySelectorAll(".drawing .mark > title")) {
  title.parentElement.dataset.tip = title.textContent;
  title.parentElement.setAttribute("aria-label", title.textContent);
  title.parentElement.setAttribute("role", "img");
  title.remove();
}
const tell = (mark, x, y) => {
  tip.textContent = mark.dataset.tip;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(6, Math.min(x + 12, innerWidth - box.width - 6))}px`;
  tip.style.top = `${y - box.height - 12 < 6 ? y + 16 : y - box.height - 12}px`;
};
document.addEventListener("pointermove", (event) => {
  const mark = event.target.closest?.(".mark[data-tip]");
  if (mark) tell(mark, event.clientX, event.clientY);
  else tip.hidden = true;
});
document.addEventListener("focusin", (event) => {
  const mark = event.target.closest?.(".mark[data-tip]");
  if (!mark) { tip.hidden = true; return; }
  const box = mark.getBoundingClientRect();
  tell(mark, box.left + box.width / 2, box.top);
});
document.addEventListener("keydown", (event) => { if (event.key === "Escape") tip.hidden = true; });
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));
const mark = () => {
  const read = [...links.keys()].filter((id) => document.getElementById(id).getBoundingClientRect().top < innerHeight / 3);
  for (const [id, link] of links) {
    if (id === read.at(-1)) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};
document.addEventListener("scroll", mark, { passive: true });
mark();

addEventListener("beforeprint", () => { for (const one of document.querySelectorAll("details.card")) one.open = true; });
