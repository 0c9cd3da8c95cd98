-- void_in_total: the treasury export's own total counts vouchers that are void.
-- Grain: one row per stated total.
-- Law: 会计法 art. 14 (entries rest on checked vouchers).
-- Reason: whoever copies that total into a report overstates what was paid. Exports differ in whether repeated rows are in
-- their total, so both ways to add up are tried. Classified rows are in the sums; only public vouchers are named.
with
stated as (
    select * from staging.stated_totals_treasury_payments
    where total_kind = 'total' and field = 'amount_yuan'
),

sums as (
    select * from shared.export_sums
    where void_yuan != 0
),

without_voids as (
    select (all_yuan - void_yuan)::decimal(18, 2) as total_yuan from shared.export_sums
),

inflated as (
    select
        stated.*,
        sums.all_yuan - sums.void_yuan as sound_yuan,
        sums.void_yuan,
        row_number() over (partition by stated.source_row order by sums.counting desc) as way
    from stated
    inner join sums on stated.stated_value = sums.all_yuan
    anti join without_voids on stated.stated_value = without_voids.total_yuan
),

voids as (
    select array_to_string(list_sort(list(distinct voucher_no))[1:5], '、') as numbers
    from staging.vouchers
    where voucher_status = 'void'
)

select
    null::varchar as project_code,
    null::varchar as project_name,
    null::varchar as category,
    null::varchar as benefit_code,
    '表中合计' || wan_text(inflated.stated_value) || '万元' as found,
    '不含作废凭证的合计' || wan_text(inflated.sound_yuan) || '万元' as expected,
    inflated.void_yuan::decimal(18, 2) as difference,
    '元' as difference_unit,
    '合计行' as identity,
    '合计行写' || wan_text(inflated.stated_value) || '万元,其中作废凭证' || wan_text(inflated.void_yuan) || '万元'
    || coalesce(',如凭证' || nullif(voids.numbers, ''), '') || ';评价不计作废凭证' as detail,
    null::varchar as law,
    inflated.source_file,
    inflated.source_sheet,
    inflated.source_row
from inflated
cross join voids
where inflated.way = 1
order by inflated.source_row
