-- Forecasts of one run. Weeks and names arrive as text of limited length: whoever stored them may have stored anything.
SELECT
  SUBSTR(stored.series, 1, 200) AS series,
  CAST(stored.week AS STRING) AS week,
  stored.step AS step,
  SUBSTR(stored.model, 1, 60) AS model,
  stored.mean AS mean,
  stored.lower_80 AS lower_80,
  stored.upper_80 AS upper_80,
  stored.lower_95 AS lower_95,
  stored.upper_95 AS upper_95
FROM stored
WHERE stored.batch = @run
LIMIT 1000000
