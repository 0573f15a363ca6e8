"""An error as AWS answers it."""


class Refused(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


def no_such(kind, name):
    return Refused("NoSuchEntity", f"The {kind} with {'id' if kind == 'Access Key' else 'name'} {name} cannot be found.", 404)
