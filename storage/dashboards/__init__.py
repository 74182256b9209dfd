"""The figures of the dashboards, counted set-based from the tables; money by currency, never added across."""
