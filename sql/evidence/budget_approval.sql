-- Evidence of the approval: the cells of the form that the budget and the plan's delay are read from.
-- Grain: one row per fact and cell of the form.
-- Facts: budget_yuan, plan_lag_months
-- Reason: a form has one row of values, but each value stands in a cell of its own in the office's file. The delay is the
-- time between two dates, which no sum of its rows gives: its amounts are empty.
with
cells as (
    select * from staging.budget_approval_cells
),

approval as (
    select budget_yuan from staging.budget_approval
)

select
    'budget_yuan' as fact,
    null::varchar as project_code,
    approval.budget_yuan::decimal(22, 4) as amount,
    false as is_private,
    cells.source_file,
    cells.source_sha256,
    cells.source_sheet,
    cells.source_row
from cells
cross join approval
where cells.field = 'budget_yuan'
union all
select
    'plan_lag_months' as fact,
    null::varchar as project_code,
    null::decimal(22, 4) as amount,
    false as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from cells
where field in ('budget_approved_on', 'plan_issued_on')
