"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((one) => one.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => row.cells[column]?.dataset.v ?? row.cells[column]?.textContent ?? "";
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        const [n, m] = [parseFloat(x), parseFloat(y)];
        const numbers = head.classList.contains("n");
        if (numbers && (Number.isNaN(n) || Number.isNaN(m))) return Number.isNaN(n) - Number.isNaN(m);
        return (numbers ? n - m : x.localeCompare(y, "en", { numeric: true })) * (up ? 1 : -1);
      };
      const body = table.tBodies[0];
      body.append(...[...body.rows].sort(compare));
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
    });
  });
}
const rate = document.getElementById("rate-input");
rate?.addEventListener("input", () => {
  const perSecond = Number(rate.value);
  for (const cell of document.querySelectorAll("td[data-cpu]")) {
    const cores = Number(cell.dataset.cpu) * perSecond / 1e6;
    const shown = cores < 0.001 ? "< 0.001" : Number(cores.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 });
    cell.textContent = perSecond > 0 ? shown : "–";
  }
});
for (const item of document.querySelectorAll(".legend li[data-route]")) {
  const figure = item.closest("figure");
  const mark = (on) => {
    figure.classList.toggle("focus", on);
    for (const one of figure.querySelectorAll("[data-route]")) {
      one.classList.toggle("on", on && one.dataset.route === item.dataset.route);
    }
  };
  item.addEventListener("mouseenter", () => mark(true));
  item.addEventListener("mouseleave", () => mark(false));
}
