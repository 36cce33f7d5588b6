-- Sales of the held-out weeks; read only to measure accuracy, after forecasting.
SELECT
  sales.id AS series,
  sales.Date AS week,
  sales.Weekly_Sales AS sales
FROM sales
WHERE sales.Date BETWEEN @first_week AND @last_week
ORDER BY series, week
