-- satisfaction_below_target: the share of satisfied answers is below the fund's target ($satisfaction_target_pct %).
-- Grain: one row, for the fund.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: compared as counts, not as a rounded rate, so that 89.996 % does not pass for 90.00 %. No single row of the
-- survey is the cause, so source_row stays empty.
with
totals as (
    select
        satisfied_answers,
        satisfaction_answers,
        rate_pct(satisfied_answers, satisfaction_answers) as satisfaction_rate_pct,
        $satisfaction_target_pct::decimal(7, 2) as target_pct
    from marts.fund_facts
),

survey as (
    select
        any_value(source_file) as source_file,
        any_value(source_sheet) as source_sheet
    from staging.survey_responses
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    totals.satisfaction_rate_pct || '%' as found,
    '不低于' || number_text(totals.target_pct) || '%' as expected,
    (totals.satisfaction_rate_pct - totals.target_pct)::decimal(18, 2) as difference,
    '个百分点' as difference_unit,
    '满意度' as identity,
    '满意度题目共' || totals.satisfaction_answers || '个有效回答,其中满意' || totals.satisfied_answers || '个,满意度'
    || totals.satisfaction_rate_pct || '%,目标' || number_text(totals.target_pct) || '%' as detail,
    null::varchar as law,
    survey.source_file,
    survey.source_sheet,
    null::integer as source_row
from totals
cross join survey
where totals.satisfied_answers * 100 < totals.target_pct * totals.satisfaction_answers
