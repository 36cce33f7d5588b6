-- Sales of every series up to the cutoff: the newest stored week minus the holdout.
WITH newest AS (
  SELECT DATE_SUB(MAX(Date), INTERVAL @holdout_weeks WEEK) AS cutoff
  FROM sales
)
SELECT
  sales.id AS series,
  sales.Date AS week,
  sales.Weekly_Sales AS sales
FROM sales
CROSS JOIN newest
-- decision 6: only the measurement of the error reads newer weeks
WHERE sales.Date <= newest.cutoff
ORDER BY series, week
