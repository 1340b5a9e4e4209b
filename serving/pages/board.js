// A convenience: click a heading to sort within each group. Everything can be read without it.
document.querySelectorAll("th[data-sort]").forEach(function (head) {
  head.tabIndex = 0;
  head.addEventListener("click", sort);
  head.addEventListener("keydown", function (event) { if (event.key === "Enter") sort.call(head); });
  function sort() {
    var place = head.cellIndex, number = head.dataset.sort === "number";
    var up = head.getAttribute("aria-sort") !== "ascending";
    document.querySelectorAll("th[data-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    document.querySelectorAll("tbody").forEach(function (group) {
      Array.from(group.rows).slice(1).sort(function (one, other) {
        var a = one.cells[place].dataset.value, b = other.cells[place].dataset.value;
        return (number ? a - b : a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
      }).forEach(function (row) { group.appendChild(row); });
    });
  }
});
