# %% [markdown]
"""
# A week on the balcony

How much electricity did one solar panel make?
Needs nothing but Python, so it runs wherever cellbridge does.
"""

# %% The readings, in watt hours
from statistics import mean

days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
week = dict(zip(days, [412, 388, 97, 455, 430, 471], strict=True))
len(week)

# %% Day by day
for day, energy in week.items():
    print(day, "█" * (energy // 20), energy)

# %% A typical day
average = mean(week.values())
round(average)


# %% The share of a day: a mistake on purpose
def share(day):
    return week[day] / sum(week.values())


share("Mon"), share("Sun")
