"""The words of a strategy document as people read them in Spanish: channels, ports, purposes, results."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "next": "sigue", "blocked": "bloqueado", "reply": "respondió", "promise": "prometió", "payment": "pagó",
    "delivered": "entregado", "read": "leído", "failed": "falló", "clicked": "abrió el enlace",
    "timeout": "vence", "else": "si no", "term_passed": "venció el plazo", "not_delivered": "no entregado",
    "accepted": "aceptada", "expired": "venció", "refused": "rechazada", "done": "hecho",
    "whatsapp": "WhatsApp", "sms": "SMS", "email": "Correo", "voice": "Llamada", "letter": "Carta",
    "assisted": "WhatsApp asistido", "titular": "titular", "codeudor": "codeudor", "aval": "aval",
    "monday": "lunes", "tuesday": "martes", "wednesday": "miércoles", "thursday": "jueves",
    "friday": "viernes", "saturday": "sábado", "sunday": "domingo",
    "arrears": "mora", "credit_bureau": "buró de crédito", "service_cut": "corte de servicio",
    "assignment": "cesión", "formal_demand": "requerimiento formal",
    "agent": "gestor", "dialer": "marcador", "agency": "despacho externo", "legal": "jurídico",
    "webhook": "otro sistema", "discount": "descuento", "extension": "prórroga", "plan": "convenio",
    "restructuring": "reestructura", "block_line": "bloquear la línea", "suspend": "suspender el servicio",
    "reconnect": "reconectar", "stop_orders": "detener pedidos", "bureau_mark": "reportar al buró",
    "collection": "cobranza", "reminder": "recordatorio", "confirmation": "confirmación",
    "answer": "respuesta", "information": "información",
    "window_start": "al abrir la ventana legal", "best_hour": "mejor hora de la persona",
    "overflow": "excede la capacidad",
    "cheaper_channel": "va a un canal más barato", "tomorrow": "pasa a mañana", "drop": "sigue sin gestión",
    "none": "no reemplaza a ninguna", "lower_priority": "reemplaza a las de menor prioridad",
    "never": "nunca", "after_days": "después de unos días", "new_episode": "con un nuevo episodio de mora",
    "put": "poner", "remove": "quitar", "anterior": "el día hábil anterior",
    "siguiente": "el día hábil siguiente", "not_read": "no leído",
}  # fmt: skip
"""The document's words as people read them."""


def spoken(value: str) -> str:
    """A word of the document in Spanish; words people chose themselves only lose their underscores.

    >>> spoken("timeout"), spoken("sin_acuerdo")
    ('vence', 'sin acuerdo')
    """
    return WORDS.get(value) or value.replace("_", " ")
