"""Outputs of every kind, for a look at the page that draws them."""

# %% Text
import sys

print("plain, \033[1;32mgreen\033[0m and \033[38;5;208morange\033[0m")
print("to the other stream", file=sys.stderr)

# %% Frame
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
frame = pd.DataFrame(
    {
        "city": rng.choice(["Oslo", "Lima", "Kyoto", "Cairo"], 5000),
        "height": rng.normal(170, 9, 5000).round(1),
        "born": rng.integers(1950, 2005, 5000),
    }
)
frame.loc[3, "height"] = None
frame.head(8)

# %% HTML
from IPython.display import HTML, JSON, SVG, Latex, Markdown, display

HTML(
    """<p>Counted: <b id="n">0</b> <button id="more" onclick="n.textContent = +n.textContent + 1">More</button></p>
<script>
document.getElementById("n").textContent = "10";
let reached = [];
try { reached.push(parent.document.title); } catch {}
try { reached.push(localStorage.length); } catch {}
fetch("http://127.0.0.1:9/").catch(() => { document.getElementById("n").dataset.network = "refused"; });
document.getElementById("n").dataset.reached = reached.length;
</script>"""
)

# %% Picture
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(5, 2.6))
axes.plot(np.sin(np.linspace(0, 12, 200)))
draws = globals().get("draws", 0) + 1
axes.set_title(f"A sine, drawn {draws} times")
plt.show()

# %% Formula
display(Latex(r"$$\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}$$"))
Markdown(
    "## A heading\n\nWith *emphasis*, `code`, $a^2 + b^2$ and "
    "<img src=x onerror='document.title=1'> a list:\n\n- one\n- two"
)

# %% Data
display(JSON({"name": "cellbridge", "parts": ["server", "host"], "deep": {"a": {"b": None}}}))
display(
    SVG(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40">'
        '<rect width="120" height="40" rx="8" fill="teal"/>'
        '<text x="14" y="26" fill="white">vector</text></svg>'
    )
)
display({"application/x-unheard-of": "something"}, raw=True)
display({"application/pdf": "JVBERi0xLjQK"}, raw=True)

# %% Plotly
plot = {
    "data": [
        {"type": "bar", "x": ["a", "b", "c"], "y": [2, 5, 3], "name": "bars"},
        {"type": "scatter", "x": ["a", "b", "c"], "y": [3, 2, 4], "name": "line"},
    ],
    "layout": {"title": {"text": "Bars and a line"}, "height": 300},
}
display({"application/vnd.plotly.v1+json": plot, "text/plain": "Figure"}, raw=True)

# %% Vega
chart = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
    "data": {"values": [{"x": i, "y": i * i} for i in range(12)]},
    "mark": {"type": "line", "point": True},
    "encoding": {
        "x": {"field": "x", "type": "quantitative"},
        "y": {"field": "y", "type": "quantitative"},
    },
    "width": 360,
    "height": 160,
}
display({"application/vnd.vegalite.v5+json": chart, "text/plain": "Chart"}, raw=True)

# %% Altair
from pathlib import Path

display(HTML(Path("altair.html").read_text()))
chart = {**chart, "data": {"url": "https://example.org/cars.json"}}
display({"application/vnd.vegalite.v6.json": chart, "text/plain": "Chart"}, raw=True)

# %% Plotly HTML
import plotly.graph_objects as go

bars = go.Figure(go.Bar(x=["a", "b"], y=[1, 3]))
display(HTML(bars.to_html(include_plotlyjs="cdn")))
display(HTML(bars.to_html(include_plotlyjs=False, full_html=False)))

# %% Bokeh
from bokeh.io import output_notebook
from bokeh.plotting import figure as bokeh_figure
from bokeh.plotting import show

output_notebook()
curve = bokeh_figure(width=300, height=200)
curve.line([1, 2, 3], [2, 1, 4])
show(curve)

# %% Map
import folium

place = folium.Map([47.37, 8.54], zoom_start=9)
folium.Marker([47.37, 8.54], popup="Here").add_to(place)
folium.Marker([47.5, 8.7], icon=folium.Icon(color="red")).add_to(place)
display(place)

# %% Animation
from matplotlib.animation import FuncAnimation

figure, axes = plt.subplots(figsize=(3, 2))
(line,) = axes.plot([0, 2], [0, 2])
moves = FuncAnimation(figure, lambda at: line.set_data([0, at], [0, at]), frames=3)
plt.close()
HTML(moves.to_jshtml())

# %% Nothing
display(HTML("<script>window.known = 1</script>"))
display(HTML("<script>missing.call()</script>"))
display(HTML('<script src="https://example.org/odd.js"></script>'))

# %% Long
for number in range(10_000):
    print(f"line {number}: the quick brown fox")


# %% Error
def ratio(a, b):
    return a / b


ratio(1, 0)
