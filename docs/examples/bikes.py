# %% [markdown]
# # How many people cycle in the rain?
#
# Three counting stations, one spring. The counts are in `bikes.csv` next to this script.

# %%
import matplotlib.pyplot as plt
import pandas as pd

bikes = pd.read_csv("bikes.csv", parse_dates=["date"])
bikes.head()

# %% What is missing
missing = bikes[bikes["bikes"].isna()]
print(f"{len(missing)} of {len(bikes)} counts are missing:")
print(missing[["date", "station"]].to_string(index=False))

# %% Clean: drop the days on which a sensor was off
bikes = bikes.dropna(subset=["bikes"]).astype({"bikes": int})
bikes["weekend"] = bikes["date"].dt.day_of_week >= 5
bikes["wet"] = bikes["rain_mm"] > 1
len(bikes)

# %% A typical day at each station
typical = bikes.groupby(["station", "weekend"])["bikes"].median().unstack()
typical.columns = ["weekday", "weekend"]
typical

# %% [markdown]
# ## Rain
#
# On wet days, how much of a dry day's traffic is left?

# %%
by_rain = bikes.groupby(["station", "wet"])["bikes"].mean().unstack()
left = (by_rain[True] / by_rain[False]).sort_values()
left.round(2).to_dict()

# %% The picture
daily = bikes.pivot_table(index="date", columns="station", values="bikes")
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(8, 5), sharex=True, height_ratios=[3, 1], layout="constrained"
)
daily.rolling(7, min_periods=4).mean().plot(ax=top, ylabel="bikes a day", title="Weekly mean")
rain = bikes.drop_duplicates("date").set_index("date")["rain_mm"]
bottom.bar(rain.index, rain, color="tab:blue")
bottom.set_ylabel("rain, mm")
plt.show()

# %% The result for the council
for station, share in left.items():
    print(f"{station:<15} keeps {share:.0%} of its cyclists when it rains")
