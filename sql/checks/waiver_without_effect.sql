-- waiver_without_effect: a waiver that excused nothing: it has expired, or no rule found the row it names.
-- Grain: one row per row a waiver names.
-- Law: 预算法 art. 57 (spending is evaluated, so what an evaluation leaves out must hold).
-- Reason: a waiver nobody needs any more hides the next fault in the same place; one with a slip in it never worked.
with
waivers as (
    select * from checks.waivers
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    case
        when is_expired then '已于' || iso_day(expires_on) || '到期'
        else '没有查出所指的行'
    end as found,
    '在有效期内并与查出的行相符' as expected,
    null::decimal(18, 2) as difference,
    null::varchar as difference_unit,
    rule || ':' || named_row as identity,
    '规则' || rule || '对“' || named_row || '”的豁免(' || approved_by || '批准)'
    || case
        when is_expired and rows_met > 0 then '已到期,所指的' || rows_met || '行照常计入'
        when is_expired then '已到期,也没有查出所指的行'
        else '没有起作用,规则没有查出所指的行'
    end as detail,
    null::varchar as law,
    'waivers.yaml' as source_file,
    '' as source_sheet,
    waiver as source_row
from waivers
where is_expired or rows_met = 0
order by waiver, named_row
