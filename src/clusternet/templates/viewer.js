(function () {
  "use strict";
  var store = document.getElementById("viewer-data");
  if (!store) return;
  var data = JSON.parse(store.textContent);
  var $ = function (id) { return document.getElementById("viewer-" + id); };
  var canvas = $("canvas"), pen = canvas.getContext("2d"), panel = $("panel");
  var firms = data.firms, n = firms.length, X = data.x, Y = data.y, size = data.size;
  var A = data.a, B = data.b, L = data.layer, m = A.length;
  var shown = data.layers.map(function () { return true; });
  var near = firms.map(function () { return []; });
  for (var e = 0; e < m; e++) { near[A[e]].push([B[e], e]); near[B[e]].push([A[e], e]); }
  var scale = 1, left = 0, top = 0, wide = 1, high = 1, chosen = -1, pending = false, mode = 0;
  var order = data.order, jobs = data.jobs;
  // Who has left, the connected group of everybody else, and the numbers before and after.
  var gone = new Uint8Array(n), left_order = [], root = new Int32Array(n), weight = new Float64Array(n), work = new Float64Array(n);
  var today = null, now = null, past = [], PAST = 200, OUTSIDE = "#c3cbd3";
  var folded = firms.map(function (name) { return fold(name); });

  function fold(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase(); }
  function make(tag, text, parent) {
    var made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (parent) parent.appendChild(made);
    return made;
  }
  function color(i) {
    var scheme = data.colors[mode];
    if (left_order.length && !inside(i)) return OUTSIDE;
    return scheme ? scheme.legend[scheme.of[i]][1] : "#0072B2";
  }
  function square(i) { var scheme = data.colors[mode]; return scheme && scheme.legend[scheme.of[i]][2] === 1; }
  function inside(i) { return !gone[i] && now.giant > 1 && find(i) === now.root; }

  function find(i) {
    while (root[i] !== i) { root[i] = root[root[i]]; i = root[i]; }
    return i;
  }
  function tally(without) {
    var i, e, k, told = { firms: 0, own: 0, giant: 0, root: -1, groups: 0, pairs: 0, jobs: 0 };
    for (i = 0; i < n; i++) { root[i] = i; weight[i] = 1; work[i] = jobs ? jobs[i] || 0 : 0; }
    for (e = 0; e < m; e++) {
      if ((without && (gone[A[e]] || gone[B[e]])) || visible(e) < 0) continue;
      i = find(A[e]); k = find(B[e]);
      if (i === k) continue;
      if (weight[i] < weight[k]) { var swap = i; i = k; k = swap; }
      root[k] = i; weight[i] += weight[k]; work[i] += work[k];
    }
    for (i = 0; i < n; i++) {
      if (without && gone[i]) continue;
      told.firms++; told.own += jobs ? jobs[i] || 0 : 0;
      if (root[i] !== i) continue;
      told.groups++; told.pairs += weight[i] * (weight[i] - 1) / 2;
      if (weight[i] > told.giant) { told.giant = weight[i]; told.root = i; }
      told.jobs = Math.max(told.jobs, work[i]);
    }
    return told;
  }
  var ROWS = [
    ["firms", "Firms still there"], ["giant", "Firms in the largest connected group"],
    ["pairs", "Pairs of firms that can reach each other"],
    ["own", "Jobs in firms still there"], ["jobs", "Jobs held together by one connected group"]
  ].filter(function (row) { return jobs || (row[0] !== "jobs" && row[0] !== "own"); });
  function text_of(value) { return value.toLocaleString("en"); }
  function count_again(every) {
    if (every || !today) today = tally(false);
    now = tally(true);
    var body = $("tally").tBodies[0];
    body.textContent = "";
    ROWS.forEach(function (row) {
      var line = make("tr", undefined, body), head = make("th", row[1], line), before = today[row[0]], after = now[row[0]];
      head.scope = "row";
      [text_of(before), text_of(after), before ? (after - before ? "\u2212" + (100 * (before - after) / before).toFixed(1) + "%" : "0%") : "\u2013"]
        .forEach(function (cell, place) {
          var made = make("td", cell, line);
          made.className = "number"; made.dataset.of = row[0]; made.dataset.when = ["today", "now", "lost"][place];
        });
    });
    var list = $("gone");
    list.textContent = "";
    // The latest first, so that whoever has just left is at hand.
    left_order.slice(-40).reverse().forEach(function (i, place) {
      var made = make("button", firms[i] + " \u21a9", make("li", undefined, list));
      made.type = "button"; made.title = "Bring back"; made.setAttribute("aria-label", "Bring back " + firms[i]);
      made.addEventListener("click", function () {
        toggle(i);
        // The button has gone: go on from its neighbor.
        var rest = list.querySelectorAll("button");
        (rest[Math.min(place, rest.length - 1)] || $("top")).focus();
      });
    });
    if (left_order.length > 40) make("li", "and " + text_of(left_order.length - 40) + " more", list);
    $("back").disabled = !left_order.length; $("undo").disabled = !past.length;
  }
  function set(list) {
    gone.fill(0); left_order = list; list.forEach(function (i) { gone[i] = 1; });
    count_again(false);
  }
  function change(list, what) {
    past.push(left_order); if (past.length > PAST) past.shift();
    set(list); say(what); details(); ask();
  }
  function say(what) {
    $("said").textContent = what + " The largest connected group now holds " + text_of(now.giant) + " of " + text_of(now.firms) +
      " firms, " + text_of(now.pairs) + " pairs can reach each other" +
      (jobs ? ", and " + text_of(now.jobs) + " of " + text_of(now.own) + " jobs hang together." : ".");
  }
  function toggle(i) {
    var back = gone[i], list = back ? left_order.filter(function (k) { return k !== i; }) : left_order.concat([i]);
    change(list, firms[i] + (back ? " is back." : " has left."));
  }
  function top_leave(many) {
    var partners = near.map(function (pairs) { return pairs.filter(function (pair) { return visible(pair[1]) >= 0; }).length; });
    var next = firms.map(function (_, i) { return i; }).filter(function (i) { return !gone[i]; })
      .sort(function (i, k) { return partners[k] - partners[i] || i - k; }).slice(0, many);
    if (!next.length) return;
    change(left_order.concat(next), next.map(function (i) { return firms[i]; }).join(", ") + (next.length === 1 ? " has left." : " have left."));
  }
  function all_back() {
    if (left_order.length) change([], "All firms are back.");
    $("top").focus();
  }
  function undo() {
    if (!past.length) return;
    set(past.pop()); say("The last step is undone."); details(); ask();
    if ($("undo").disabled && document.activeElement !== canvas) $("top").focus();
  }
  function radius(i) { return (2.2 + 9 * Math.sqrt(size[i])) * Math.max(0.75, Math.min(2.2, Math.sqrt(scale / home()))); }
  function home() { return 0.94 * Math.min(wide / data.width, high / data.height); }
  function whole() {
    scale = home(); left = (wide - scale * data.width) / 2; top = (high - scale * data.height) / 2; ask();
  }
  function px(i) { return left + scale * X[i]; }
  function py(i) { return top + scale * Y[i]; }
  function ask() { if (!pending) { pending = true; requestAnimationFrame(draw); } }
  function visible(e) { for (var k = 0; k < shown.length; k++) if (shown[k] && (L[e] >> k) & 1) return k; return -1; }

  function draw() {
    pending = false;
    var ratio = window.devicePixelRatio || 1, i, e, k;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, wide, high);
    var partner = {}, some = chosen >= 0;
    if (some) near[chosen].forEach(function (pair) { if (visible(pair[1]) >= 0) partner[pair[0]] = true; });
    var base = Math.max(0.06, Math.min(0.5, 12 / Math.sqrt(m + 1)));
    for (k = 0; k < shown.length; k++) {
      pen.beginPath();
      for (e = 0; e < m; e++) {
        if (visible(e) !== k || gone[A[e]] || gone[B[e]] || (some && (A[e] === chosen || B[e] === chosen))) continue;
        pen.moveTo(px(A[e]), py(A[e])); pen.lineTo(px(B[e]), py(B[e]));
      }
      pen.globalAlpha = some ? base * 0.35 : base; pen.lineWidth = 1; pen.strokeStyle = data.layers[k][1]; pen.stroke();
    }
    if (some) {
      pen.globalAlpha = 0.9; pen.lineWidth = 1.8;
      near[chosen].forEach(function (pair) {
        k = visible(pair[1]); if (k < 0 || gone[chosen] || gone[pair[0]]) return;
        pen.beginPath(); pen.strokeStyle = data.layers[k][1];
        pen.moveTo(px(chosen), py(chosen)); pen.lineTo(px(pair[0]), py(pair[0])); pen.stroke();
      });
    }
    for (var o = n - 1; o >= 0; o--) {
      i = order[o];
      var lit = !some || i === chosen || partner[i];
      pen.globalAlpha = lit ? 1 : 0.25;
      var r = radius(i), cx = px(i), cy = py(i);
      pen.beginPath();
      if (gone[i]) {
        r = Math.max(3, r * 0.6);
        pen.moveTo(cx - r, cy - r); pen.lineTo(cx + r, cy + r); pen.moveTo(cx - r, cy + r); pen.lineTo(cx + r, cy - r);
        pen.lineWidth = i === chosen ? 3 : 1.6; pen.strokeStyle = "#9b1c1c"; pen.stroke();
        continue;
      }
      pen.fillStyle = color(i);
      if (square(i)) pen.rect(cx - 0.9 * r, cy - 0.9 * r, 1.8 * r, 1.8 * r); else pen.arc(cx, cy, r, 0, 7);
      pen.fill();
      pen.lineWidth = i === chosen ? 3 : 0.7; pen.strokeStyle = i === chosen ? "#111" : "#fff"; pen.stroke();
    }
    pen.globalAlpha = 1; pen.font = "12px system-ui, sans-serif"; pen.textAlign = "center"; pen.textBaseline = "bottom";
    var boxes = [], room = some ? 40 : Math.round(10 * Math.max(1, scale / home()));
    var first = some ? [chosen].concat(order.filter(function (j) { return partner[j]; })) : order;
    for (o = 0; o < first.length && room > 0; o++) {
      i = first[o];
      var x = px(i), y = py(i) - radius(i) - 2, text = firms[i].length > 28 ? firms[i].slice(0, 27) + "\u2026" : firms[i];
      if (gone[i] || x < 0 || y < 0 || x > wide || y > high + 20) continue;
      var half = pen.measureText(text).width / 2 + 5, apart = some ? 16 : 22;
      x = Math.max(half, Math.min(wide - half, x));
      if (boxes.some(function (b) { return Math.abs(b[0] - x) < b[2] + half && Math.abs(b[1] - y) < apart; })) continue;
      boxes.push([x, y, half]); room--;
      pen.lineWidth = 3.5; pen.strokeStyle = "rgba(255,255,255,.9)"; pen.strokeText(text, x, y);
      pen.fillStyle = "#1f2933"; pen.fillText(text, x, y);
    }
  }

  function chip(parent, text, shade, kind) {
    var mark = make("span", undefined, parent);
    mark.className = kind; mark.style.background = shade;
    parent.appendChild(document.createTextNode(text));
  }
  function button(parent, text, act) {
    var made = make("button", text, make("li", undefined, parent));
    made.type = "button"; made.addEventListener("click", act);
    return made;
  }
  function details() {
    panel.textContent = "";
    if (chosen < 0) {
      make("p", firms.length.toLocaleString("en") + " firms", panel).className = "who";
      make("p", "Choose a firm to see its numbers and partners: click a dot, or type a name above. Drag to move. " +
        "With the map in focus: arrow keys move, + and \u2212 zoom, 0 shows all, N and P step through the firms, X makes the chosen firm leave or come back, U undoes the last step, Escape lets go.", panel);
      var scheme = data.colors[mode], key = make("ul", undefined, panel);
      if (left_order.length) {
        make("li", "\u00d7 has left", key).style.color = "#9b1c1c";
        chip(make("li", undefined, key), "not in the largest connected group", OUTSIDE, "dot");
      }
      if (scheme) {
        scheme.legend.forEach(function (entry) { chip(make("li", undefined, key), entry[0], entry[1], entry[2] === 1 ? "dot box" : "dot"); });
      }
      return;
    }
    make("p", firms[chosen] + (gone[chosen] ? " (has left)" : ""), panel).className = "who";
    var go = make("button", gone[chosen] ? "Bring it back" : "Let it leave", panel);
    go.type = "button"; go.id = "viewer-leave";
    go.addEventListener("click", function () { toggle(chosen); $("leave").focus(); });
    var list = make("dl", undefined, panel);
    data.columns.forEach(function (column) {
      make("dt", column[0], list); make("dd", column[1][chosen], list);
    });
    var mine = near[chosen].filter(function (pair) { return visible(pair[1]) >= 0; })
      .sort(function (p, q) { return size[q[0]] - size[p[0]] || p[0] - q[0]; });
    make("strong", mine.length.toLocaleString("en") + (mine.length === 1 ? " partner shown" : " partners shown"), panel);
    var ul = make("ul", undefined, panel);
    mine.slice(0, 200).forEach(function (pair) {
      var names = data.layers.filter(function (_, k) { return (L[pair[1]] >> k) & 1; }).map(function (l) { return l[0]; });
      var made = button(ul, firms[pair[0]] + (gone[pair[0]] ? " (has left) " : " "), function () { choose(pair[0], true); });
      make("small", names.join(", "), made);
    });
    if (mine.length > 200) make("p", "and " + (mine.length - 200) + " more", panel);
    var off = make("button", "Let go", panel);
    off.type = "button"; off.addEventListener("click", function () { choose(-1, false); });
  }
  function choose(i, centre) {
    chosen = i;
    if (i >= 0 && centre && (px(i) < 40 || py(i) < 40 || px(i) > wide - 40 || py(i) > high - 40)) {
      left += wide / 2 - px(i); top += high / 2 - py(i);
    }
    details(); ask();
  }
  function zoom(by, x, y) {
    var next = Math.max(home() * 0.5, Math.min(home() * 60, scale * by)); by = next / scale;
    left = x - (x - left) * by; top = y - (y - top) * by; scale = next; ask();
  }
  function hit(x, y) {
    var best = -1, least = 1e9;
    for (var i = 0; i < n; i++) {
      var d = Math.hypot(px(i) - x, py(i) - y) - radius(i);
      if (d < 6 && d < least) { least = d; best = i; }
    }
    return best;
  }

  var held = {}, moved = 0;
  canvas.addEventListener("pointerdown", function (ev) {
    held[ev.pointerId] = [ev.offsetX, ev.offsetY]; moved = 0; canvas.setPointerCapture(ev.pointerId);
  });
  canvas.addEventListener("pointermove", function (ev) {
    var was = held[ev.pointerId];
    if (!was) { canvas.style.cursor = hit(ev.offsetX, ev.offsetY) >= 0 ? "pointer" : "grab"; return; }
    var ids = Object.keys(held), dx = ev.offsetX - was[0], dy = ev.offsetY - was[1];
    moved += Math.abs(dx) + Math.abs(dy);
    if (ids.length === 2) {
      var other = held[ids[0] === String(ev.pointerId) ? ids[1] : ids[0]];
      var before = Math.hypot(was[0] - other[0], was[1] - other[1]), after = Math.hypot(ev.offsetX - other[0], ev.offsetY - other[1]);
      if (before > 0) zoom(after / before, other[0], other[1]);
    } else { left += dx; top += dy; ask(); }
    held[ev.pointerId] = [ev.offsetX, ev.offsetY];
  });
  canvas.addEventListener("pointerup", function (ev) {
    delete held[ev.pointerId];
    if (moved >= 5) return;
    var i = hit(ev.offsetX, ev.offsetY);
    if (i >= 0 && $("mode").checked) toggle(i); else choose(i, false);
  });
  canvas.addEventListener("pointercancel", function (ev) { delete held[ev.pointerId]; });
  canvas.addEventListener("wheel", function (ev) {
    // The page keeps scrolling until the reader has clicked into the map.
    if (document.activeElement !== canvas && !ev.ctrlKey) return;
    ev.preventDefault(); zoom(Math.exp(-ev.deltaY * 0.0015), ev.offsetX, ev.offsetY);
  }, { passive: false });
  canvas.addEventListener("keydown", function (ev) {
    var key = ev.key.length === 1 ? ev.key.toLowerCase() : ev.key, step = 60, rank = order.indexOf(chosen);
    if (ev.ctrlKey || ev.metaKey || ev.altKey) return;
    if (key === "ArrowLeft") left += step; else if (key === "ArrowRight") left -= step;
    else if (key === "ArrowUp") top += step; else if (key === "ArrowDown") top -= step;
    else if (key === "+" || key === "=") zoom(1.3, wide / 2, high / 2);
    else if (key === "-") zoom(1 / 1.3, wide / 2, high / 2);
    else if (key === "0") whole();
    else if (key === "n" && n) choose(order[(rank + 1) % n], true);
    else if (key === "p" && n) choose(order[(rank + n - (rank < 0 ? 0 : 1)) % n], true);
    else if (key === "x" && chosen >= 0) toggle(chosen);
    else if (key === "u") undo();
    else if (key === "Escape") choose(-1, false);
    else return;
    ev.preventDefault(); ask();
  });
  $("in").addEventListener("click", function () { zoom(1.4, wide / 2, high / 2); });
  $("out").addEventListener("click", function () { zoom(1 / 1.4, wide / 2, high / 2); });
  $("reset").addEventListener("click", whole);
  function search() {
    var word = fold($("search").value.trim());
    if (!word) { choose(-1, false); return; }
    var found = order.filter(function (i) { return folded[i].indexOf(word) >= 0; });
    chosen = -1; panel.textContent = "";
    make("p", found.length.toLocaleString("en") + (found.length === 1 ? " firm found" : " firms found"), panel).className = "who";
    var ul = make("ul", undefined, panel);
    found.slice(0, 30).forEach(function (i) { button(ul, firms[i], function () { choose(i, true); }); });
    if (found.length > 30) make("p", "Type more of the name to narrow the list.", panel);
    ask();
    return found;
  }
  $("search").addEventListener("input", search);
  $("search").addEventListener("keydown", function (ev) {
    if (ev.key !== "Enter") return;
    var found = search(); if (found && found.length) choose(found[0], true);
  });
  data.layers.forEach(function (layer, k) {
    var label = make("label", undefined, $("layers")), box = make("input", undefined, label);
    box.type = "checkbox"; box.checked = true;
    box.addEventListener("change", function () { shown[k] = box.checked; count_again(true); details(); ask(); });
    chip(label, layer[0], layer[1], "key");
  });
  data.colors.forEach(function (scheme, k) { make("option", scheme.name, $("color")).value = k; });
  make("option", "nothing", $("color")).value = data.colors.length;
  $("color").addEventListener("change", function () { mode = +$("color").value; details(); ask(); });
  function fit() {
    var ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
    if (!box.width) return;
    wide = box.width; high = box.height; canvas.width = Math.round(wide * ratio); canvas.height = Math.round(high * ratio);
    whole(); draw();
  }
  $("top").addEventListener("click", function () { top_leave(5); });
  $("back").addEventListener("click", all_back);
  $("undo").addEventListener("click", undo);
  count_again(true); details(); fit();
  if (window.ResizeObserver) new ResizeObserver(fit).observe(canvas); else window.addEventListener("resize", fit);
})();
