"""Every standard TLV of SMPP 3.4 and 5.0, one row each (SMPP 3.4, section 5.3.2; SMPP 5.0, section 4.8.4).

Tags nobody here knows are legal data: they keep their number and their octets. Groups of commands that many rows share
stand once, at the top.
"""

from .kinds import Tlv

_DATA = ("data_sm",)
_SINGLE = ("submit_sm", "data_sm")
_SUBMISSION = ("submit_sm", "submit_multi", "data_sm")
_DELIVERY = ("deliver_sm", "data_sm")
_SINGLE_AND_DELIVERY = ("submit_sm", "deliver_sm", "data_sm")
_MESSAGE = ("submit_sm", "submit_multi", "deliver_sm", "data_sm")
_BROADCAST = ("broadcast_sm",)
_SUBMISSION_AND_BROADCAST = (*_SUBMISSION, *_BROADCAST)
_MESSAGE_AND_BROADCAST = (*_MESSAGE, *_BROADCAST)
_ALERT = ("alert_notification",)
_BIND_RESP = ("bind_transmitter_resp", "bind_receiver_resp", "bind_transceiver_resp")
_DATA_RESP = ("data_sm_resp",)
_MESSAGE_RESP = ("submit_sm_resp", "submit_multi_resp", "deliver_sm_resp", "data_sm_resp")
_QUERY_BROADCAST_RESP = ("query_broadcast_sm_resp",)
_EVERY_RESPONSE = (
    *_BIND_RESP,
    *_MESSAGE_RESP,
    *("unbind_resp", "enquire_link_resp", "query_sm_resp", "cancel_sm_resp", "replace_sm_resp"),
    *("broadcast_sm_resp", "query_broadcast_sm_resp", "cancel_broadcast_sm_resp"),
)

# Two lines a row: tag, name, kind, least and most octets, version, section, enumeration; then the commands of 3.4 and
# of 5.0 that it may travel in, and what it means.
# fmt: off
ROWS: tuple[Tlv, ...] = (
    Tlv(0x0005, "dest_addr_subunit", "int", 1, 1, "3.4", "5.3.2.1", "addr_subunit",
        _SUBMISSION, _MESSAGE_AND_BROADCAST, meaning="part of the destination device that should get the data"),
    Tlv(0x0006, "dest_network_type", "int", 1, 1, "3.4", "5.3.2.3", "network_type",
        _DATA, _SUBMISSION, meaning="network type of the destination"),
    Tlv(0x0007, "dest_bearer_type", "int", 1, 1, "3.4", "5.3.2.5", "bearer_type",
        _DATA, _SUBMISSION, meaning="requested bearer to the destination"),
    Tlv(0x0008, "dest_telematics_id", "int", 2, 2, "3.4", "5.3.2.7", "",
        _DATA, _SUBMISSION, meaning="telematic interworking for the destination"),
    Tlv(0x000D, "source_addr_subunit", "int", 1, 1, "3.4", "5.3.2.2", "addr_subunit",
        _SUBMISSION, _MESSAGE_AND_BROADCAST, meaning="part of the originating device"),
    Tlv(0x000E, "source_network_type", "int", 1, 1, "3.4", "5.3.2.4", "network_type",
        _DATA, _SUBMISSION, meaning="network type of the originator"),
    Tlv(0x000F, "source_bearer_type", "int", 1, 1, "3.4", "5.3.2.6", "bearer_type",
        _DATA, _SUBMISSION, meaning="bearer the message came over"),
    Tlv(0x0010, "source_telematics_id", "int", 1, 2, "3.4", "5.3.2.8", "",
        _DATA, _SUBMISSION, meaning="telematic interface of the originator"),
    Tlv(0x0017, "qos_time_to_live", "int", 4, 4, "3.4", "5.3.2.9", "",
        _DATA, _SUBMISSION, meaning="seconds the MC should keep trying (data_sm counterpart of validity_period)"),
    Tlv(0x0019, "payload_type", "int", 1, 1, "3.4", "5.3.2.10", "payload_type",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="0 default (WDP for WAP, or user data with UDH), 1 WCMP"),
    Tlv(0x001D, "additional_status_info_text", "cstring", 1, 256, "3.4", "5.3.2.11", "",
        _DATA_RESP, _MESSAGE_RESP, meaning="readable text about a response"),
    Tlv(0x001E, "receipted_message_id", "cstring", 1, 65, "3.4", "5.3.2.12", "",
        _DELIVERY, ("deliver_sm",),
        meaning="message_id of the message a receipt or intermediate notification is about"),
    Tlv(0x0030, "ms_msg_wait_facilities", "int", 1, 1, "3.4", "5.3.2.13", "ms_msg_wait_facilities",
        _SUBMISSION, _SUBMISSION, meaning="message-waiting indication and kind"),
    Tlv(0x0201, "privacy_indicator", "int", 1, 1, "3.4", "5.3.2.14", "privacy_indicator",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="privacy level"),
    Tlv(0x0202, "source_subaddress", "octets", 2, 23, "3.4", "5.3.2.15", "",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="subaddress of the originator"),
    Tlv(0x0203, "dest_subaddress", "octets", 2, 23, "3.4", "5.3.2.16", "",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="subaddress of the destination"),
    Tlv(0x0204, "user_message_reference", "int", 2, 2, "3.4", "5.3.2.17", "",
        _MESSAGE, (*_MESSAGE_AND_BROADCAST, "query_broadcast_sm", "query_broadcast_sm_resp", "cancel_broadcast_sm"),
        meaning="reference chosen by the ESME; echoed in receipts by many MCs"),
    Tlv(0x0205, "user_response_code", "int", 1, 1, "3.4", "5.3.2.18", "",
        _SINGLE_AND_DELIVERY, _MESSAGE,
        meaning="code set by a user in a user acknowledgement; 0..255 (CDMA), 0..15 (TDMA)"),
    Tlv(0x020A, "source_port", "int", 2, 2, "3.4", "5.3.2.20", "",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="application port of the originator"),
    Tlv(0x020B, "destination_port", "int", 2, 2, "3.4", "5.3.2.21", "",
        _MESSAGE, _MESSAGE_AND_BROADCAST, other_name="dest_port", meaning="application port of the destination"),
    Tlv(0x020C, "sar_msg_ref_num", "int", 2, 2, "3.4", "5.3.2.22", "",
        _MESSAGE, _MESSAGE, meaning="reference common to all segments of one long message"),
    Tlv(0x020D, "language_indicator", "int", 1, 1, "3.4", "5.3.2.19", "language_indicator",
        _MESSAGE, _MESSAGE_AND_BROADCAST, meaning="language of the text"),
    Tlv(0x020E, "sar_total_segments", "int", 1, 1, "3.4", "5.3.2.23", "",
        _MESSAGE, _MESSAGE, meaning="number of segments, 1..255"),
    Tlv(0x020F, "sar_segment_seqnum", "int", 1, 1, "3.4", "5.3.2.24", "",
        _MESSAGE, _MESSAGE, meaning="number of this segment, 1..sar_total_segments"),
    Tlv(0x0210, "sc_interface_version", "int", 1, 1, "3.4", "5.3.2.25", "interface_version",
        _BIND_RESP, _BIND_RESP, other_name="SC_interface_version",
        meaning="highest SMPP version the MC supports; absent = no TLVs may be sent"),
    Tlv(0x0302, "callback_num_pres_ind", "int", 1, 1, "3.4", "5.3.2.37", "callback_num_pres_ind",
        _SUBMISSION, _MESSAGE_AND_BROADCAST, meaning="presentation and screening of callback_num"),
    Tlv(0x0303, "callback_num_atag", "octets", 1, 65, "3.4", "5.3.2.38", "",
        _SUBMISSION, _MESSAGE_AND_BROADCAST, meaning="display text for callback_num"),
    Tlv(0x0304, "number_of_messages", "int", 1, 1, "3.4", "5.3.2.39", "",
        _SINGLE, _SUBMISSION, meaning="messages waiting in a mailbox, 0..99"),
    Tlv(0x0381, "callback_num", "octets", 4, 19, "3.4", "5.3.2.36", "",
        _MESSAGE, _MESSAGE_AND_BROADCAST, repeats=True, meaning="call-back number"),
    Tlv(0x0420, "dpf_result", "int", 1, 1, "3.4", "5.3.2.28", "dpf_result",
        _DATA_RESP, ("submit_sm_resp", "data_sm_resp", "submit_multi_resp", "deliver_sm"),
        meaning="1 = delivery pending flag was set"),
    Tlv(0x0421, "set_dpf", "int", 1, 1, "3.4", "5.3.2.29", "set_dpf",
        _DATA, _SUBMISSION, meaning="1 = set the delivery pending flag on failure"),
    Tlv(0x0422, "ms_availability_status", "int", 1, 1, "3.4", "5.3.2.30", "ms_availability_status",
        _ALERT, _ALERT, meaning="availability of the handset"),
    Tlv(0x0423, "network_error_code", "octets", 3, 3, "3.4", "5.3.2.31", "network_error_type",
        ("deliver_sm", "data_sm", "data_sm_resp"), (*_MESSAGE_RESP, "deliver_sm"),
        meaning="octet 1 network type, octets 2-3 big-endian error code"),
    Tlv(0x0424, "message_payload", "octets", 0, 65535, "3.4", "5.3.2.32", "",
        _MESSAGE, (*_MESSAGE_AND_BROADCAST, "replace_sm"), meaning="user data in place of short_message (sm_length=0)"),
    Tlv(0x0425, "delivery_failure_reason", "int", 1, 1, "3.4", "5.3.2.33", "delivery_failure_reason",
        _DATA_RESP, _MESSAGE_RESP, meaning="why a transaction-mode delivery failed"),
    Tlv(0x0426, "more_messages_to_send", "int", 1, 1, "3.4", "5.3.2.34", "more_messages_to_send",
        _SINGLE, _SUBMISSION, meaning="1 = more messages for this destination follow"),
    Tlv(0x0427, "message_state", "int", 1, 1, "3.4", "5.3.2.35", "message_state",
        _DELIVERY, ("deliver_sm", "query_broadcast_sm_resp"), meaning="state of the receipted message"),
    Tlv(0x0428, "congestion_state", "int", 1, 1, "5.0", "4.8.4.18 of 5.0", "congestion_state",
        (), _EVERY_RESPONSE, meaning="load of the MC, 0..99 (percent scale)"),
    Tlv(0x0501, "ussd_service_op", "int", 1, 1, "3.4", "5.3.2.44", "ussd_service_op",
        ("submit_sm",), _MESSAGE, meaning="USSD operation"),
    Tlv(0x0600, "broadcast_channel_indicator", "int", 1, 1, "5.0", "4.8.4.7 of 5.0", "broadcast_channel_indicator",
        (), _BROADCAST, meaning="0 basic, 1 extended channel"),
    Tlv(0x0601, "broadcast_content_type", "octets", 3, 3, "5.0", "4.8.4.8 of 5.0", "broadcast_network_tag",
        (), ("broadcast_sm", "cancel_broadcast_sm"), meaning="octet 1 network tag, octets 2-3 content type"),
    Tlv(0x0602, "broadcast_content_type_info", "octets", 1, 255, "5.0", "4.8.4.6 of 5.0", "",
        (), _BROADCAST, meaning="additional content type information"),
    Tlv(0x0603, "broadcast_message_class", "int", 1, 1, "5.0", "4.8.4.12 of 5.0", "broadcast_message_class",
        (), _BROADCAST, meaning="message class of the broadcast"),
    Tlv(0x0604, "broadcast_rep_num", "int", 2, 2, "5.0", "4.8.4.13 of 5.0", "",
        (), _BROADCAST, meaning="repetitions wanted; 0 = no limit"),
    Tlv(0x0605, "broadcast_frequency_interval", "octets", 3, 3, "5.0", "4.8.4.11 of 5.0", "broadcast_frequency_unit",
        (), _BROADCAST, meaning="octet 1 unit, octets 2-3 number of units"),
    Tlv(0x0606, "broadcast_area_identifier", "octets", 1, 101, "5.0", "4.8.4.4 of 5.0", "broadcast_area_format",
        (), ("broadcast_sm", "broadcast_sm_resp", "query_broadcast_sm_resp"), repeats=True,
        meaning="octet 1 area format, rest details (up to 100)"),
    Tlv(0x0607, "broadcast_error_status", "int", 4, 4, "5.0", "4.8.4.10 of 5.0", "",
        (), ("broadcast_sm_resp",), repeats=True, meaning="status code per failed area"),
    Tlv(0x0608, "broadcast_area_success", "int", 1, 1, "5.0", "4.8.4.5 of 5.0", "",
        (), _QUERY_BROADCAST_RESP, repeats=True, meaning="0..100 percent, 255 = not available"),
    Tlv(0x0609, "broadcast_end_time", "cstring", 17, 17, "5.0", "4.8.4.9 of 5.0", "",
        (), _QUERY_BROADCAST_RESP, meaning="absolute time the broadcast ended"),
    Tlv(0x060A, "broadcast_service_group", "octets", 1, 255, "5.0", "4.8.4.14 of 5.0", "",
        (), _BROADCAST, meaning="target group of the broadcast"),
    Tlv(0x060B, "billing_identification", "octets", 1, 1024, "5.0", "4.8.4.3 of 5.0", "",
        (), _SUBMISSION, meaning="billing data; octet 1: top bit = proprietary, rest type"),
    Tlv(0x060D, "source_network_id", "cstring", 7, 65, "5.0", "4.8.4.56 of 5.0", "",
        (), _MESSAGE, meaning="network of the originator"),
    Tlv(0x060E, "dest_network_id", "cstring", 7, 65, "5.0", "4.8.4.25 of 5.0", "",
        (), _MESSAGE, meaning="network of the destination"),
    Tlv(0x060F, "source_node_id", "octets", 6, 6, "5.0", "4.8.4.58 of 5.0", "",
        (), _MESSAGE, meaning="six decimal digits"),
    Tlv(0x0610, "dest_node_id", "octets", 6, 6, "5.0", "4.8.4.27 of 5.0", "",
        (), _MESSAGE, meaning="six decimal digits"),
    Tlv(0x0611, "dest_addr_np_resolution", "int", 1, 1, "5.0", "4.8.4.22 of 5.0", "dest_addr_np_resolution",
        (), _MESSAGE, meaning="number portability look-up result"),
    Tlv(0x0612, "dest_addr_np_information", "octets", 10, 10, "5.0", "4.8.4.21 of 5.0", "",
        (), _MESSAGE, meaning="number portability data"),
    Tlv(0x0613, "dest_addr_np_country", "octets", 1, 5, "5.0", "4.8.4.20 of 5.0", "",
        (), _MESSAGE, meaning="country code of the portability data"),
    Tlv(0x1201, "display_time", "int", 1, 1, "3.4", "5.3.2.26", "display_time",
        _SUBMISSION, _SUBMISSION_AND_BROADCAST, meaning="how long to display"),
    Tlv(0x1203, "sms_signal", "int", 2, 2, "3.4", "5.3.2.40", "",
        _SUBMISSION, _SUBMISSION_AND_BROADCAST, meaning="alert tone (CMT-136)"),
    Tlv(0x1204, "ms_validity", "octets", 1, 4, "3.4", "5.3.2.27", "ms_validity",
        _SUBMISSION, _SUBMISSION_AND_BROADCAST, meaning="validity at the handset"),
    Tlv(0x130C, "alert_on_message_delivery", "int", 0, 1, "3.4", "5.3.2.41", "alert_on_message_delivery",
        _SUBMISSION, _SUBMISSION_AND_BROADCAST, meaning="alert the user"),
    Tlv(0x1380, "its_reply_type", "int", 1, 1, "3.4", "5.3.2.42", "its_reply_type",
        _SINGLE, _MESSAGE, meaning="reply method wanted"),
    Tlv(0x1383, "its_session_info", "octets", 2, 2, "3.4", "5.3.2.43", "",
        _SINGLE_AND_DELIVERY, _MESSAGE,
        meaning="octet 1 session number; octet 2 bits 7-1 sequence, bit 0 end of session"),
)
# fmt: on

BY_TAG: dict[int, Tlv] = {row.tag: row for row in ROWS}
BY_NAME: dict[str, Tlv] = {row.name: row for row in ROWS} | {row.other_name: row for row in ROWS if row.other_name}

VENDOR_TAGS = (0x1400, 0x3FFF)  # SMPP 3.4, section 5.3.2
