-- vouchers_count_differs: the treasury export states another number of records than it has rows.
-- Grain: one row per stated count.
-- Law: 会计法 art. 17 (books and vouchers agree).
-- Reason: fewer rows than stated is what a file cut short looks like. Repeated rows are rows.
with
stated as (
    select * from staging.stated_totals_treasury_payments
    where total_kind = 'record_count'
),

counted as (
    -- Every row has one, and no column is read faster.
    select count(source_row) as vouchers from whole.vouchers
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    counted.vouchers || '行' as found,
    number_text(stated.stated_value) || '行' as expected,
    (counted.vouchers - stated.stated_value)::decimal(18, 2) as difference,
    '行' as difference_unit,
    '记录数' as identity,
    '文件写明' || number_text(stated.stated_value) || '条记录,实际读入' || counted.vouchers || '行' as detail,
    null::varchar as law,
    stated.source_file,
    stated.source_sheet,
    stated.source_row
from stated
cross join counted
where counted.vouchers != stated.stated_value
