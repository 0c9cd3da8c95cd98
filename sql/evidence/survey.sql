-- Evidence of the survey: the responses that count, and their answers to the questions that ask for satisfaction.
-- Grain: one row per fact and response, with the number of its answers that the fact counts.
-- Facts: respondents, satisfaction_answers, satisfied_answers
-- Reason: a row of the survey is what one person answered, so all of these belong to the private half.
with
counted as (
    select * from marts.survey_counted
),

responses as (
    select given.*
    from staging.survey_responses as given
    inner join counted using (response_no, source_sheet, source_row)
),

chosen as (
    select distinct
        response_no,
        source_sheet,
        source_row,
        question_no,
        option_text
    from staging.survey_answers
    where question_type = 'satisfaction'
),

answers as (
    select
        response_no,
        source_sheet,
        source_row,
        count(*) as satisfaction_answers,
        count(*) filter (where list_contains($satisfied_options, option_text)) as satisfied_answers
    from chosen
    group by response_no, source_sheet, source_row
),

facts as (
    select
        responses.*,
        unnest([
            { 'fact': 'respondents', 'amount': 1 },
            { 'fact': 'satisfaction_answers', 'amount': coalesce(answers.satisfaction_answers, 0) },
            { 'fact': 'satisfied_answers', 'amount': coalesce(answers.satisfied_answers, 0) }
        ]) as stated
    from responses
    left join answers using (response_no, source_sheet, source_row)
)

select
    stated.fact,
    null::varchar as project_code,
    stated.amount::decimal(22, 4) as amount,
    true as is_private,
    source_file,
    source_sha256,
    source_sheet,
    source_row
from facts
where stated.amount > 0
