/// The fields that each kind of object has by the API's own description; a client raises an error
/// for one that is absent.
enum DocumentedFields {
    static let paymentIntent = words(
        """
        amount amount_capturable amount_details amount_received application application_fee_amount
        automatic_payment_methods canceled_at cancellation_reason capture_method client_secret
        confirmation_method created currency customer customer_account description
        excluded_payment_method_types id last_payment_error latest_charge livemode
        managed_payments metadata next_action object on_behalf_of payment_method
        payment_method_configuration_details payment_method_options payment_method_types processing
        receipt_email review setup_future_usage shipping source statement_descriptor
        statement_descriptor_suffix status transfer_data transfer_group
        allowed_payment_method_types hooks payment_record presentment_details payment_details
        lifecycle_state lifecycle
        """
    )
    static let charge = words(
        """
        amount amount_captured amount_refunded application application_fee application_fee_amount
        balance_transaction billing_details calculated_statement_descriptor captured created
        currency customer description disputed failure_balance_transaction failure_code
        failure_message fraud_details id livemode metadata object on_behalf_of outcome paid
        payment_intent payment_method payment_method_details receipt_email receipt_number
        receipt_url refunded refunds review shipping source source_transfer statement_descriptor
        statement_descriptor_suffix status transfer_data transfer_group presentment_details
        lifecycle_state lifecycle
        """
    )
    static let chargeCard = words(
        """
        amount_authorized brand checks country exp_month exp_year extended_authorization
        fingerprint funding incremental_authorization installments last4 mandate multicapture
        network network_token overcapture three_d_secure wallet authorization_code
        regulated_status network_transaction_id transaction_link_id
        """
    )
    static let outcome = words(
        """
        advice_code network_advice_code network_decline_code network_status reason seller_message
        type risk_level risk_score rule
        """
    )
    static let refund = words(
        """
        amount balance_transaction charge created currency customer customer_account
        destination_details id metadata object payment_intent payment_method reason receipt_number
        source_transfer_reversal status transfer_reversal failure_reason pending_reason
        failure_balance_transaction presentment_details
        """
    )
    static let dispute = words(
        """
        amount balance_transactions charge created currency enhanced_eligibility_types evidence
        evidence_details id is_charge_refundable livemode metadata object payment_intent
        payment_method_details reason status network_reason_code intended_submission_method
        """
    )
    static let disputeEvidence = words(
        """
        access_activity_log billing_address cancellation_policy cancellation_policy_disclosure
        cancellation_rebuttal customer_communication customer_email_address customer_name
        customer_purchase_ip customer_signature duplicate_charge_documentation
        duplicate_charge_explanation duplicate_charge_id enhanced_evidence product_description
        receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date
        service_documentation shipping_address shipping_carrier shipping_date
        shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text
        """
    )
    static let earlyFraudWarning = words(
        "actionable charge created fraud_type id livemode object payment_intent"
    )
    static let paymentMethod = words(
        """
        allow_redisplay billing_details card created customer customer_account id livemode metadata
        object type
        """
    )
    static let paymentMethodCard = words(
        """
        brand checks country display_brand exp_month exp_year fingerprint funding generated_from
        last4 networks three_d_secure_usage wallet regulated_status
        """
    )
    static let token = words("card client_ip created id livemode object type used")
    static let tokenCard = words(
        """
        address_city address_country address_line1 address_line1_check address_line2 address_state
        address_zip address_zip_check brand country cvc_check dynamic_last4 exp_month exp_year
        fingerprint funding id last4 metadata name networks object tokenization_method
        regulated_status
        """
    )
    static let balance = words("available connect_reserved livemode object pending")
    static let balanceTransaction = words(
        """
        amount available_on balance_type created currency description exchange_rate fee fee_details
        id net object reporting_category source status type
        """
    )
    static let event = words(
        "api_version created data id livemode object pending_webhooks request type sequence"
    )
    static let journal = words("id object kind occurred_at event currency entries")
    static let address = words("city country line1 line2 postal_code state")

    private static func words(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
