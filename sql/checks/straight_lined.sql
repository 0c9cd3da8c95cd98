-- straight_lined: a response gives the same answer to every satisfaction question.
-- Grain: one row per response.
-- Law: 预算法 art. 57 (spending is evaluated by its results).
-- Reason: with $min_straight_questions or more questions that is often a click down one column; the answers still count.
with
counted as (
    select
        response_no,
        source_sheet,
        source_row,
        source_file
    from staging.survey_responses
    qualify row_number() over (partition by response_no order by source_sheet, source_row) = 1
),

answers as (
    select
        *,
        $min_straight_questions::integer as min_questions
    from staging.survey_answers
    where question_type = 'satisfaction'
),

same as (
    select
        counted.response_no,
        counted.source_file,
        counted.source_sheet,
        counted.source_row,
        count(*) as questions,
        min(answers.option_text) as option_text
    from counted
    inner join answers using (response_no, source_sheet, source_row)
    group by counted.response_no, counted.source_file, counted.source_sheet, counted.source_row
    having count(*) >= min(answers.min_questions) and count(distinct answers.option_text) = 1
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    questions || '题均选“' || option_text || '”' as found,
    '逐题作答' as expected,
    questions::decimal(18, 2) as difference,
    '题' as difference_unit,
    response_no as identity,
    '答卷' || response_no || '的' || questions || '道满意度题目均选“' || option_text || '”' as detail,
    null::varchar as law,
    source_file,
    source_sheet,
    source_row
from same
order by source_sheet, source_row
