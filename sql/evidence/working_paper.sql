-- Evidence of what the evaluators decided: each judgement, and each veto item.
-- Grain: one row per row of the working paper; the amount is the points taken off.
-- Facts: judgement:<indicator code>, vetoes
-- Reason: a judged score and a grade by veto rest on these rows and on nothing computed.
select
    'judgement:' || indicator_code as fact,
    null::varchar as project_code,
    deduction_points::decimal(22, 4) as amount,
    false as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from staging.judgements
union all
select
    'vetoes' as fact,
    null::varchar as project_code,
    occurred::integer::decimal(22, 4) as amount,
    false as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from staging.vetoes
