WITH "s0" AS (
  SELECT
    "id" AS "row",
    "a" AS "c0",
    "b" AS "c1"
  FROM "sales"."deal"
), "k0" AS (
  SELECT
    "row",
    CASE
      WHEN "c0" >= (
        -1000000000
      ) AND "c0" <= 1000000000
      THEN CASE
        WHEN CAST("c0" AS DECIMAL(10, 0)) = "c0"
        THEN CAST(CAST("c0" AS DECIMAL(10, 0)) AS DECIMAL(38, 0))
      END
    END AS "c0",
    CASE
      WHEN "c1" >= (
        -1000000000
      ) AND "c1" <= 1000000000
      THEN CASE
        WHEN CAST("c1" AS DECIMAL(10, 0)) = "c1"
        THEN CAST(CAST("c1" AS DECIMAL(10, 0)) AS DECIMAL(38, 0))
      END
    END AS "c1",
    NOT "row" IS NULL
    AND COUNT(*) OVER (PARTITION BY "row") = 1
    AND NOT (
      CASE
        WHEN "c0" >= (
          -1000000000
        ) AND "c0" <= 1000000000
        THEN CASE
          WHEN CAST("c0" AS DECIMAL(10, 0)) = "c0"
          THEN CAST(CAST("c0" AS DECIMAL(10, 0)) AS DECIMAL(38, 0))
        END
      END
    ) IS NULL
    AND NOT (
      CASE
        WHEN "c1" >= (
          -1000000000
        ) AND "c1" <= 1000000000
        THEN CASE
          WHEN CAST("c1" AS DECIMAL(10, 0)) = "c1"
          THEN CAST(CAST("c1" AS DECIMAL(10, 0)) AS DECIMAL(38, 0))
        END
      END
    ) IS NULL AS "fine"
  FROM "s0"
), "t0" AS (
  SELECT
    "k"."row" AS "row",
    "k"."c0" AS "c0",
    "k"."c1" AS "c1"
  FROM "k0" AS "k"
  WHERE
    "k"."fine"
), "f1_1" AS (
  SELECT
    "c0",
    "c1",
    "row",
    CASE WHEN "c0" < 0 THEN CAST(0 AS DECIMAL(38, 0)) ELSE CAST(1 AS DECIMAL(38, 0)) END AS "x4"
  FROM "t0"
), "decided" AS (
  SELECT
    "row" AS "row",
    TRUE AS "ok",
    (
      CAST("c0" AS DECIMAL(38, 0)) * CAST("c1" AS DECIMAL(38, 0))
    ) + CAST(CASE WHEN "c0" < 0 THEN 0 - "c0" ELSE "c0" END AS DECIMAL(38, 0)) AS "v0",
    CAST((
      CASE WHEN "c0" < 0 THEN "c0" - 1 ELSE "c0" + 1 END - CASE WHEN "c0" < 0 THEN "c0" - 1 ELSE "c0" + 1 END % 3
    ) / 3 AS DECIMAL(38, 0)) AS "v1",
    CASE WHEN "x4" = 1 THEN CAST(2 AS DECIMAL(38, 0)) ELSE CAST(1 AS DECIMAL(38, 0)) END AS "v2",
    "x4" AS "r0"
  FROM "f1_1"
)
SELECT
  "s"."row" AS "id",
  NOT "d"."row" IS NULL AS "ok",
  "d"."v0" AS "total",
  "d"."v1" AS "third",
  "d"."v2" AS "level",
  "d"."r0" + 1 AS "level_row",
  CASE WHEN "d"."r0" IN (0) THEN 'it\'s less' WHEN "d"."r0" IN (1) THEN 'rest' END AS "level_because"
FROM "s0" AS "s"
LEFT JOIN "decided" AS "d"
  ON "d"."row" = "s"."row" AND "d"."ok"
