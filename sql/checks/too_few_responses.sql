-- too_few_responses: fewer people answered the survey than the scheme asks for.
-- Grain: one row, for the fund.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: below $min_respondents the satisfaction rate is 不可计算 instead of a number that means nothing.
with
survey as (
    select
        count(distinct response_no) as respondents,
        any_value(source_file) as source_file,
        any_value(source_sheet) as source_sheet,
        $min_respondents::integer as min_respondents
    from staging.survey_responses
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    respondents || '份' as found,
    '不少于' || min_respondents || '份' as expected,
    (respondents - min_respondents)::decimal(18, 2) as difference,
    '份' as difference_unit,
    '有效答卷' as identity,
    '有效答卷' || respondents || '份,少于' || min_respondents || '份,满意度不可计算' as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    null::integer as source_row
from survey
where respondents < min_respondents
