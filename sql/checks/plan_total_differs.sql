-- plan_total_differs: the plan's total row is not the sum of the planned amounts.
-- Grain: one row per stated total.
-- Law: 会计法 art. 17 (books and vouchers agree).
-- Reason: a project left out or changed after adding up; classified projects are in the sum, none is told.
with
stated as (
    select * from staging.stated_totals_budget_plan
    where total_kind = 'total' and field = 'planned_yuan'
),

planned as (
    select coalesce(sum(planned_yuan), 0)::decimal(18, 2) as sum_yuan from whole.plan_projects
),

named as (
    select coalesce(list(struct_pack(name := project_code, amount_yuan := planned_yuan)), []) as rows_named
    from staging.plan_projects
    where not is_classified
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '表中合计' || wan_text(stated.stated_value) || '万元' as found,
    '各项目合计' || wan_text(planned.sum_yuan) || '万元' as expected,
    (stated.stated_value - planned.sum_yuan)::decimal(18, 2) as difference,
    '元' as difference_unit,
    '合计行' as identity,
    '计划投资合计写' || wan_text(stated.stated_value) || '万元,各项目合计' || wan_text(planned.sum_yuan) || '万元,相差'
    || wan_text(stated.stated_value - planned.sum_yuan) || '万元'
    || explanation(stated.stated_value - planned.sum_yuan, named.rows_named) as detail,
    null::varchar as law,
    stated.source_file,
    stated.source_sheet,
    stated.source_row
from stated
cross join planned
cross join named
where stated.stated_value != planned.sum_yuan
