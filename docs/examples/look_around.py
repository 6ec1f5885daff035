# %% [markdown]
# # A look around
#
# Everything a cell can do, in a script that needs nothing but Python:
# prose, results, text, rich display, magics, a question, and a mistake.

# %% A result: the value of the last expression
from collections import Counter

words = "the cat and the dog and the bird".split()
counts = Counter(words)
counts.most_common(2)

# %% Text that comes bit by bit
import sys
import time

for step in range(1, 4):
    print(f"step {step} of 3", flush=True)
    time.sleep(0.1)
print("all steps done", file=sys.stderr)

# %% A table, as HTML
from IPython.display import HTML, SVG, Markdown, display

rows = "".join(f"<tr><td>{word}</td><td>{count}</td></tr>" for word, count in counts.items())
HTML(f"<table><tr><th>word</th><th>times</th></tr>{rows}</table>")

# %% Several things from one cell
bars = "".join(
    f'<rect x="{30 * i}" y="{60 - 20 * n}" width="24" height="{20 * n}" fill="#4078c0"/>'
    for i, n in enumerate(counts.values())
)
display(Markdown("**How often** each word comes:"))
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="150" height="60">{bars}</svg>'))

# %% Magics work as in a notebook
# %time total = sum(counts.values())
%who_ls Counter

# %% A question
name = input("Who are you? ")
print(f"Hello {name}!")


# %% A mistake, reported on its line
def share(word):
    return counts[word] / (total - len(words))


share("cat")

# %% After the mistake: run it on its own, the kernel still knows everything
sorted(counts, key=len)[-1]
