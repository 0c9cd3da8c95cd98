-- brought_in: what a project had left of the money of earlier years when the year began.
-- Grain: one row per project with something left.
-- Reason: money carried over may be spent in the year, so a rule that only knew the year's releases would call it spending
-- without money. Known from the releases of the years before, without a gap back from last year.
select
    project_code,
    (sum(released_yuan) - sum(paid_yuan))::decimal(18, 2) as brought_in_yuan
from staging.earlier_projects
group by project_code
having sum(released_yuan) > sum(paid_yuan)
