-- Forecasts of one run in the environment's own tables.
SELECT
  stored.series AS series,
  stored.week AS week,
  stored.step AS step,
  stored.model AS model,
  stored.mean AS mean,
  stored.lower_80 AS lower_80,
  stored.upper_80 AS upper_80,
  stored.lower_95 AS lower_95,
  stored.upper_95 AS upper_95
FROM stored
WHERE stored.batch = @run
