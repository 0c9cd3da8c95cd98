-- Survey options: how often each option of each question was chosen.
-- Grain: one row per question and option; free text has one row without an option that counts the texts.
-- Key: question_no, option_text
-- Reason: the survey appendix, and the satisfaction rate, count answers of responses that count once.
with
counted as (
    select * from marts.survey_counted
),

chosen as (
    select * from staging.survey_answers
)

select
    chosen.question_no,
    chosen.question_text,
    chosen.question_type,
    chosen.option_text,
    count(distinct chosen.response_no) as answers
from chosen
inner join counted using (response_no, source_sheet, source_row)
group by all
order by chosen.question_no asc, answers desc, chosen.option_text asc
