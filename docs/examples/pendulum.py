"""How long does a pendulum swing? Theory, a simulation, and a fit to noisy measurements."""

# %% The pendulum
import numpy as np
from scipy import integrate, optimize, special

g = 9.81  # m/s²
length = 1.2  # m
damping = 0.15  # 1/s


def swing(_, state):
    """Return how angle and speed change."""
    angle, speed = state
    return [speed, -damping * speed - g / length * np.sin(angle)]


# %% Without damping the period is known: an elliptic integral
small = 2 * np.pi * np.sqrt(length / g)
for degrees in (5, 45, 90, 150):
    exact = small * 2 / np.pi * special.ellipk(np.sin(np.radians(degrees) / 2) ** 2)
    print(f"{degrees:4}°  {exact:.4f} s, {exact / small - 1:6.2%} longer than for small swings")

# %% Twenty seconds, from 90 degrees
time = np.linspace(0, 20, 2001)
path = integrate.solve_ivp(swing, (0, 20), [np.pi / 2, 0], t_eval=time, rtol=1e-9, atol=1e-9)
angle = path.y[0]
path.success, angle.shape

# %% When does it pass the middle?
crossings = time[1:][np.diff(np.sign(angle)) != 0]
periods = 2 * np.diff(crossings)
np.round(periods, 2)

# %% A camera saw it, badly
rng = np.random.default_rng(7)
seen = angle + rng.normal(0, 0.05, angle.size)


# %% Which length and damping do the images show?
def simulate(times, meters, friction):
    """Return the angles of another pendulum at given times."""

    def rule(_, state):
        return [state[1], -friction * state[1] - g / meters * np.sin(state[0])]

    return integrate.solve_ivp(rule, (0, 20), [np.pi / 2, 0], t_eval=times, rtol=1e-6).y[0]


found, covariance = optimize.curve_fit(simulate, time[::10], seen[::10], p0=[1.1, 0.1])
errors = np.sqrt(np.diag(covariance))
for name, value, error, truth in zip(
    ("length", "damping"), found, errors, (length, damping), strict=True
):
    print(f"{name:<8} {value:.3f} ± {error:.3f}   (truth {truth})")

# %% How well does it fit?
residuals = seen[::10] - simulate(time[::10], *found)
float(np.std(residuals).round(3))
