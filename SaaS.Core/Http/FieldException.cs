using System.Text.Json;

namespace SaaS.Core.Http;

/// <summary>Thrown by a JSON converter for an invalid value, with a message for the client. The serializer adds the path.</summary>
internal sealed class FieldException : JsonException
{
    public FieldException(string message)
        : base(message) { }

    public FieldException() { }

    public FieldException(string message, Exception innerException)
        : base(message, innerException) { }
}
